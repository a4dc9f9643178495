package example;

import java.time.Instant;
import java.util.List;
import java.util.Map;

public class Order {
    public enum State { OPEN, PAID }

    public static class Line {
        private String article;
        public int count;

        public String getArticle() {
            return article;
        }

        public void setArticle(String article) {
            this.article = article;
        }
    }

    private String id;
    private State state;
    private List<Line> lines;
    private Map<String, Line> byName;
    private Instant at;
    private boolean gift;
    private double total;

    public String getId() {
        return id;
    }

    public void setId(String id) {
        this.id = id;
    }

    public State getState() {
        return state;
    }

    public void setState(State state) {
        this.state = state;
    }

    public List<Line> getLines() {
        return lines;
    }

    public void setLines(List<Line> lines) {
        this.lines = lines;
    }

    public Map<String, Line> getByName() {
        return byName;
    }

    public void setByName(Map<String, Line> byName) {
        this.byName = byName;
    }

    public Instant getAt() {
        return at;
    }

    public void setAt(Instant at) {
        this.at = at;
    }

    public boolean isGift() {
        return gift;
    }

    public void setGift(boolean gift) {
        this.gift = gift;
    }

    public double getTotal() {
        return total;
    }
}
