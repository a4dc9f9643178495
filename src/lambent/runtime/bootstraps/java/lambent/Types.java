package lambent;

import java.lang.reflect.Array;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.HashMap;
import java.util.Map;

/** What the type variables of a type stand for, in it and in all that it extends. */
final class Types {
    private final Map<TypeVariable<?>, Type> bound = new HashMap<>();

    private Types() {}

    static Types in(Type type) {
        return in(type, new Types());
    }

    static Types in(Type type, Types outer) {
        Types types = new Types();
        types.bound.putAll(outer.bound);
        types.collect(type);
        return types;
    }

    private void collect(Type type) {
        if (type instanceof ParameterizedType) {
            ParameterizedType parameterized = (ParameterizedType) type;
            TypeVariable<?>[] names = ((Class<?>) parameterized.getRawType()).getTypeParameters();
            Type[] actual = parameterized.getActualTypeArguments();
            for (int i = 0; i < names.length; i++) {
                bound.put(names[i], resolved(actual[i]));
            }
            type = parameterized.getRawType();
        }
        if (type instanceof Class) {
            Class<?> raw = (Class<?>) type;
            if (raw.getGenericSuperclass() != null) {
                collect(raw.getGenericSuperclass());
            }
            for (Type each : raw.getGenericInterfaces()) {
                collect(each);
            }
        }
    }

    Type resolved(Type type) {
        if (type instanceof TypeVariable) {
            Type found = bound.get(type);
            return found != null && found != type ? found : ((TypeVariable<?>) type).getBounds()[0];
        }
        return type instanceof WildcardType
            ? resolved(((WildcardType) type).getUpperBounds()[0])
            : type;
    }

    Class<?> raw(Type type) {
        Type resolved = resolved(type);
        if (resolved instanceof Class) {
            return (Class<?>) resolved;
        }
        if (resolved instanceof ParameterizedType) {
            return (Class<?>) ((ParameterizedType) resolved).getRawType();
        }
        if (resolved instanceof GenericArrayType) {
            Type element = ((GenericArrayType) resolved).getGenericComponentType();
            return Array.newInstance(raw(element), 0).getClass();
        }
        return Object.class;
    }

    /** What stands for a parameter of a generic class or interface, by its number. */
    Type argument(Class<?> generic, int number) {
        Type found = bound.get(generic.getTypeParameters()[number]);
        return found == null ? Object.class : found;
    }
}
