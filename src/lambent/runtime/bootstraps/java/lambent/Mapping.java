package lambent;

import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** What JSON has said, as an object of the type that a handler wants. */
final class Mapping {
    private final Types types;

    private Mapping(Types types) {
        this.types = types;
    }

    static Object map(Object json, Type type, Types outer) throws ReflectiveOperationException {
        Type resolved = outer.resolved(type);
        Types types = resolved instanceof Class ? Types.in(resolved) : Types.in(resolved, outer);
        return new Mapping(types).mapped(json, resolved, types.raw(resolved));
    }

    private Object mapped(Object json, Type type, Class<?> raw)
        throws ReflectiveOperationException {
        if (raw == Optional.class) {
            Object value = map(json, types.argument(Optional.class, 0), types);
            return Optional.ofNullable(value);
        }
        if (json == null) {
            return raw.isPrimitive() ? Array.get(Array.newInstance(raw, 1), 0) : null;
        }
        if (raw == Object.class) {
            return json;
        }
        if (Map.class.isAssignableFrom(raw)) {
            return mapOf(json, raw);
        }
        if (Collection.class.isAssignableFrom(raw) || raw == Iterable.class) {
            return collection(json, raw);
        }
        if (raw.isArray() && raw != byte[].class) {
            return array(json, type, raw);
        }
        return json instanceof Map ? bean((Map<?, ?>) json, raw) : scalar(json, raw);
    }

    private static IllegalArgumentException wrong(Object json, Class<?> raw) {
        String kind = String.valueOf(json);
        if (json instanceof Map || json instanceof List) {
            kind = json instanceof Map ? "an object" : "an array";
        }
        return new IllegalArgumentException(
            "Cannot deserialize value of type `" + raw.getName() + "` from " + kind);
    }

    private Object mapOf(Object json, Class<?> raw) throws ReflectiveOperationException {
        if (!(json instanceof Map)) {
            throw wrong(json, raw);
        }
        boolean isUsual = raw.isAssignableFrom(LinkedHashMap.class);
        Map<Object, Object> map = made(raw, isUsual, LinkedHashMap.class, TreeMap.class);
        for (Map.Entry<?, ?> each : ((Map<?, ?>) json).entrySet()) {
            Object key = map(each.getKey(), types.argument(Map.class, 0), types);
            map.put(key, map(each.getValue(), types.argument(Map.class, 1), types));
        }
        return map;
    }

    private Object collection(Object json, Class<?> raw) throws ReflectiveOperationException {
        if (!(json instanceof List)) {
            throw wrong(json, raw);
        }
        boolean isList = raw.isAssignableFrom(ArrayList.class);
        Class<?> usual = isList ? ArrayList.class : LinkedHashSet.class;
        Collection<Object> collection =
            made(raw, raw.isAssignableFrom(usual), usual, TreeSet.class);
        Type element = types.argument(raw == Iterable.class ? Iterable.class : Collection.class, 0);
        for (Object each : (List<?>) json) {
            collection.add(map(each, element, types));
        }
        return collection;
    }

    @SuppressWarnings("unchecked")
    private static <C> C made(Class<?> raw, boolean isUsual, Class<?> usual, Class<?> sorted)
        throws ReflectiveOperationException {
        Class<?> chosen = isUsual ? usual : raw.isInterface() ? sorted : raw;
        return (C) chosen.getDeclaredConstructor().newInstance();
    }

    private Object array(Object json, Type type, Class<?> raw) throws ReflectiveOperationException {
        if (!(json instanceof List)) {
            throw wrong(json, raw);
        }
        Type element = type instanceof GenericArrayType
            ? ((GenericArrayType) type).getGenericComponentType()
            : raw.getComponentType();
        List<?> list = (List<?>) json;
        Object array = Array.newInstance(raw.getComponentType(), list.size());
        for (int i = 0; i < list.size(); i++) {
            Array.set(array, i, map(list.get(i), element, types));
        }
        return array;
    }

    private Object bean(Map<?, ?> json, Class<?> raw) throws ReflectiveOperationException {
        if (Beans.isRecord(raw)) {
            return record(json, raw);
        }
        if (raw.isInterface() || Modifier.isAbstract(raw.getModifiers()) || raw == String.class) {
            throw wrong(json, raw);
        }
        Constructor<?> constructor = raw.getDeclaredConstructor();
        constructor.setAccessible(true);
        Object bean = constructor.newInstance();
        Beans beans = Beans.of(raw);
        for (Map.Entry<?, ?> each : json.entrySet()) {
            // AWS: what the class does not know is left out.
            Member writer = beans.writer((String) each.getKey());
            if (writer != null) {
                Beans.set(writer, bean, map(each.getValue(), Beans.typeOf(writer), types));
            }
        }
        return bean;
    }

    private Object record(Map<?, ?> json, Class<?> raw) throws ReflectiveOperationException {
        List<Field> components = Beans.components(raw);
        Class<?>[] kinds = components.stream().map(Field::getType).toArray(Class<?>[]::new);
        Object[] values = new Object[kinds.length];
        for (int i = 0; i < kinds.length; i++) {
            Field component = components.get(i);
            values[i] = map(json.get(component.getName()), component.getGenericType(), types);
        }
        Constructor<?> constructor = raw.getDeclaredConstructor(kinds);
        constructor.setAccessible(true);
        return constructor.newInstance(values);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Object scalar(Object json, Class<?> raw) throws ReflectiveOperationException {
        String text = String.valueOf(json);
        if (json instanceof List) {
            throw wrong(json, raw);
        }
        if (raw == String.class || raw == CharSequence.class) {
            return text;
        }
        if (raw == boolean.class || raw == Boolean.class) {
            return json instanceof Boolean ? json : Boolean.valueOf(text);
        }
        if (raw == char.class || raw == Character.class) {
            return text.charAt(0);
        }
        if (raw.isPrimitive() || Number.class.isAssignableFrom(raw)) {
            return number(json, text, raw);
        }
        if (raw.isEnum()) {
            return Enum.valueOf((Class<? extends Enum>) raw, text);
        }
        if (raw == byte[].class) {
            return Base64.getDecoder().decode(text);
        }
        if (raw == ByteBuffer.class) {
            return ByteBuffer.wrap(Base64.getDecoder().decode(text));
        }
        if (raw == Date.class) {
            return date(json, text);
        }
        return fromText(json, text, raw);
    }

    private static Object number(Object json, String text, Class<?> raw) {
        if (json instanceof Boolean) {
            throw wrong(json, raw);
        }
        BigDecimal number = new BigDecimal(text);
        switch (raw.getSimpleName()) {
            case "int":
            case "Integer":
                return number.intValue();
            case "long":
            case "Long":
                return number.longValue();
            case "double":
            case "Double":
                return number.doubleValue();
            case "float":
            case "Float":
                return number.floatValue();
            case "short":
            case "Short":
                return number.shortValue();
            case "byte":
            case "Byte":
                return number.byteValue();
            case "BigInteger":
                return number.toBigInteger();
            case "BigDecimal":
                return number;
            default:
                return json;
        }
    }

    private static Date date(Object json, String text) {
        if (json instanceof Double) {
            // AWS: streams tell seconds, with a fraction.
            return new Date(Math.round((Double) json * 1000));
        }
        return json instanceof Number
            ? new Date(((Number) json).longValue())
            : Date.from(Instant.parse(text));
    }

    /** What can be made of a text: dates, times, addresses, identifiers. */
    private static Object fromText(Object json, String text, Class<?> raw)
        throws ReflectiveOperationException {
        for (String name : new String[] {"parse", "fromString", "valueOf"}) {
            for (Method method : raw.getMethods()) {
                Class<?>[] wanted = method.getParameterTypes();
                if (Modifier.isStatic(method.getModifiers())
                    && method.getName().equals(name)
                    && raw.isAssignableFrom(method.getReturnType())
                    && wanted.length == 1
                    && (wanted[0] == String.class || wanted[0] == CharSequence.class)) {
                    return method.invoke(null, text);
                }
            }
        }
        try {
            return raw.getConstructor(String.class).newInstance(text);
        } catch (NoSuchMethodException none) {
            throw wrong(json, raw);
        }
    }
}
