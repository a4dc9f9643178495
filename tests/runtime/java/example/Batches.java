package example;

import java.nio.ByteBuffer;
import java.util.Date;
import java.util.List;
import java.util.Set;

/** An event as AWS's package of events writes them: its names differ from JSON's in their case. */
public class Batches {
    public static class Batch {
        private List<Item> records;

        public List<Item> getRecords() {
            return records;
        }

        public void setRecords(List<Item> records) {
            this.records = records;
        }
    }

    public static class Item {
        public String messageId;
        public String eventSourceARN;
        public ByteBuffer content;
        public Date at;
        public Set<Integer> numbers;
        public Long[] more;
    }

    public Batch handle(Batch batch) {
        return batch;
    }
}
