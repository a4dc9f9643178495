package example;

public class Broken {
    public Broken() {
        throw new IllegalStateException("not made");
    }

    public void handle() {}
}
