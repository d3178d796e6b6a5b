package dev.godwit.broker.cluster.hazelcast;

import com.hazelcast.config.ClassFilter;

/**
 * What is read of Java's serialisation: the errors that one member tells another, with what is in them, and the state of the cluster,
 * without which two halves do not find together. All else Hazelcast writes in its own ways. Stateless.
 */
final class ReadableClasses {
    private static final String[] NAMES = {
        "com.hazelcast.cluster.ClusterState",
        "java.lang.Enum",
        "com.hazelcast.core.ConsistencyLostException",
        "com.hazelcast.core.HazelcastException",
        "com.hazelcast.core.HazelcastInstanceNotActiveException",
        "com.hazelcast.core.HazelcastOverloadException",
        "com.hazelcast.core.IndeterminateOperationStateException",
        "com.hazelcast.core.LocalMemberResetException",
        "com.hazelcast.core.MemberLeftException",
        "com.hazelcast.core.OperationTimeoutException",
        "com.hazelcast.core.RuntimeInterruptedException",
        "com.hazelcast.internal.cluster.impl.ClusterTopologyChangedException",
        "com.hazelcast.internal.cluster.impl.ConfigMismatchException",
        "com.hazelcast.internal.cluster.impl.MasterNodeChangedException",
        "com.hazelcast.internal.cluster.impl.VersionMismatchException",
        "com.hazelcast.internal.partition.PartitionStateVersionMismatchException",
        "com.hazelcast.nio.serialization.HazelcastSerializationException",
        "com.hazelcast.partition.NoDataMemberInClusterException",
        "com.hazelcast.spi.exception.CallerNotMemberException",
        "com.hazelcast.spi.exception.DistributedObjectDestroyedException",
        "com.hazelcast.spi.exception.PartitionMigratingException",
        "com.hazelcast.spi.exception.ResponseAlreadySentException",
        "com.hazelcast.spi.exception.RetryableHazelcastException",
        "com.hazelcast.spi.exception.RetryableIOException",
        "com.hazelcast.spi.exception.ServiceNotFoundException",
        "com.hazelcast.spi.exception.TargetDisconnectedException",
        "com.hazelcast.spi.exception.TargetNotMemberException",
        "com.hazelcast.spi.exception.WrongTargetException",
        "java.lang.Throwable",
        "java.lang.Exception",
        "java.lang.RuntimeException",
        "java.lang.Error",
        "java.lang.LinkageError",
        "java.lang.VirtualMachineError",
        "java.lang.OutOfMemoryError",
        "java.lang.StackOverflowError",
        "java.lang.AssertionError",
        "java.lang.NoClassDefFoundError",
        "java.lang.ReflectiveOperationException",
        "java.lang.ClassNotFoundException",
        "java.lang.IllegalArgumentException",
        "java.lang.IllegalStateException",
        "java.lang.IndexOutOfBoundsException",
        "java.lang.NullPointerException",
        "java.lang.ClassCastException",
        "java.lang.SecurityException",
        "java.lang.UnsupportedOperationException",
        "java.lang.InterruptedException",
        "java.lang.StackTraceElement",
        "[Ljava.lang.StackTraceElement;",
        "java.io.IOException",
        "java.io.EOFException",
        "java.io.NotSerializableException",
        "java.io.ObjectStreamException",
        "java.io.InvalidClassException",
        "java.util.concurrent.CancellationException",
        "java.util.concurrent.ExecutionException",
        "java.util.concurrent.TimeoutException",
        "java.util.concurrent.RejectedExecutionException",
        "java.util.ArrayList",
        "java.util.Collections$EmptyList",
        "java.util.Collections$UnmodifiableCollection",
        "java.util.Collections$UnmodifiableList",
        "java.util.Collections$UnmodifiableRandomAccessList"
    };

    private ReadableClasses() {}

    /** Lets these classes be read by their names, and no whole packages: who reaches the port may name any class. */
    static ClassFilter filter() {
        return new ClassFilter().addClasses(NAMES);
    }
}
