package example;

import java.util.List;

public class Records {
    public record Point(int x, List<Point> near) {}

    public Point moved(Point point) {
        return new Point(point.x() + 1, point.near());
    }
}
