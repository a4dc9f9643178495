package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;

public abstract class Keeping<T> implements RequestHandler<T, T> {
    @Override
    public T handleRequest(T input, Context context) {
        return checked(input);
    }

    abstract T checked(T input);
}
