package example;

import java.util.List;

/** Its input is a type variable of what it extends. */
public class Orders extends Keeping<List<Order>> {
    @Override
    List<Order> checked(List<Order> orders) {
        for (Order order : orders) {
            order.getLines().get(0).count++;
        }
        return orders;
    }
}
