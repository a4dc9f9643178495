package lambent;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The properties of a class: its getters and setters, its public fields, a record's components. */
final class Beans {
    private static final Map<Class<?>, Beans> KNOWN = new ConcurrentHashMap<>();

    private final Map<String, Member> readers = new LinkedHashMap<>();
    private final Map<String, Member> writers = new LinkedHashMap<>();
    private final Map<String, String> anyCase = new LinkedHashMap<>();

    static Beans of(Class<?> type) {
        return KNOWN.computeIfAbsent(type, Beans::new);
    }

    private Beans(Class<?> type) {
        List<Field> fields = new ArrayList<>();
        for (Class<?> each = type; each != null; each = each.getSuperclass()) {
            fields.addAll(0, Arrays.asList(each.getDeclaredFields()));
        }
        Method[] methods = type.getMethods();
        Arrays.sort(methods, Comparator.comparing(Method::getName));
        Map<String, Member> found = new LinkedHashMap<>();
        for (Method method : methods) {
            look(type, method, found);
        }
        // In the order of the fields, which is that of the source.
        for (Field field : fields) {
            lookAt(field, found);
        }
        readers.putAll(found);
        for (String name : writers.keySet()) {
            anyCase.putIfAbsent(name.toLowerCase(Locale.ROOT), name);
        }
    }

    private void look(Class<?> type, Method method, Map<String, Member> found) {
        String name = method.getName();
        boolean own = method.getDeclaringClass() != Object.class && !method.isBridge();
        if (!own || Modifier.isStatic(method.getModifiers())) {
            return;
        }
        Class<?> answer = method.getReturnType();
        if (method.getParameterCount() == 1 && name.startsWith("set") && name.length() > 3) {
            writers.put(mangled(name.substring(3)), opened(method));
        } else if (method.getParameterCount() > 0 || answer == void.class) {
            return;
        } else if (name.startsWith("get") && name.length() > 3) {
            found.put(mangled(name.substring(3)), opened(method));
        } else if (name.startsWith("is") && name.length() > 2 && isTruth(answer)) {
            found.put(mangled(name.substring(2)), opened(method));
        } else if (isRecord(type) && isComponent(type, name)) {
            found.put(name, opened(method));
        }
    }

    private void lookAt(Field field, Map<String, Member> found) {
        int modifiers = field.getModifiers();
        if (Modifier.isStatic(modifiers) || Modifier.isTransient(modifiers)) {
            return;
        }
        String name = field.getName();
        Member getter = found.remove(name);
        boolean isPublic = Modifier.isPublic(modifiers);
        if (getter != null || isPublic) {
            readers.put(name, getter != null ? getter : opened(field));
        }
        // A field that a getter shows can be written without a setter.
        if (!writers.containsKey(name) && (getter != null || isPublic)) {
            writers.put(name, opened(field));
        }
    }

    private static boolean isTruth(Class<?> type) {
        return type == boolean.class || type == Boolean.class;
    }

    /** What a method's name says after get or set: all capitals at its beginning become small. */
    static String mangled(String name) {
        int end = 0;
        while (end < name.length() && Character.isUpperCase(name.charAt(end))) {
            end++;
        }
        return name.substring(0, end).toLowerCase(Locale.ROOT) + name.substring(end);
    }

    // The compiler may be older than records.
    static boolean isRecord(Class<?> type) {
        Class<?> parent = type.getSuperclass();
        return parent != null && parent.getName().equals("java.lang.Record");
    }

    private static boolean isComponent(Class<?> type, String name) {
        return components(type).stream().anyMatch(field -> field.getName().equals(name));
    }

    /** A record has one field for each component, in their order. */
    static List<Field> components(Class<?> record) {
        List<Field> components = new ArrayList<>();
        for (Field field : record.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers())) {
                components.add(field);
            }
        }
        return components;
    }

    private static <M extends java.lang.reflect.AccessibleObject> M opened(M member) {
        try {
            member.setAccessible(true);
        } catch (RuntimeException closed) {
            // A class of the JDK; its public members can be used all the same.
        }
        return member;
    }

    Map<String, Object> values(Object bean) {
        Map<String, Object> values = new LinkedHashMap<>();
        readers.forEach((name, reader) -> values.put(name, valueOf(reader, bean)));
        return values;
    }

    private static Object valueOf(Member reader, Object bean) {
        try {
            return reader instanceof Field
                ? ((Field) reader).get(bean)
                : ((Method) reader).invoke(bean);
        } catch (InvocationTargetException error) {
            throw new IllegalStateException(error.getCause());
        } catch (IllegalAccessException error) {
            throw new IllegalStateException(error);
        }
    }

    /** What writes a property, or null; AWS's events have names that differ in case. */
    Member writer(String name) {
        Member exact = writers.get(name);
        return exact != null ? exact : writers.get(anyCase.get(name.toLowerCase(Locale.ROOT)));
    }

    static Type typeOf(Member writer) {
        return writer instanceof Field
            ? ((Field) writer).getGenericType()
            : ((Method) writer).getGenericParameterTypes()[0];
    }

    static void set(Member writer, Object bean, Object value) throws ReflectiveOperationException {
        if (writer instanceof Field) {
            ((Field) writer).set(bean, value);
        } else {
            ((Method) writer).invoke(bean, value);
        }
    }
}
