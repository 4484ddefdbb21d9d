import { clusterName } from './processes.ts';

/** What the settings depend on. */
export interface Machine {
  readonly memoryBytes: number;
  /** Free space on the disk of the data directory. */
  readonly diskFreeBytes: number;
  /** Free space of /dev/shm; `undefined` where there is none. */
  readonly shmFreeBytes: number | undefined;
}

const mib = 1024 * 1024;

function clampMb(bytes: number, lowest: number, highest: number): string {
  return `${Math.max(lowest, Math.min(highest, Math.floor(bytes / mib)))}MB`;
}

/**
 * PostgreSQL's settings for one machine, given on its command line at every start, so that they follow this code and not
 * the version that made the data directory. Made for 2 cores and 24 GiB, scaled down for small machines.
 */
export function postgresSettings(machine: Machine, port: number): Readonly<Record<string, string>> {
  return {
    cluster_name: clusterName,
    listen_addresses: '127.0.0.1',
    port: String(port),
    // No socket file: its path may be 107 bytes long at most, and a home may lie deeper.
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    max_connections: '100',
    // The indices of a million scans, which a load reaches into everywhere, fit in 512 MB.
    shared_buffers: clampMb(machine.memoryBytes / 16, 32, 512),
    effective_cache_size: clampMb(machine.memoryBytes / 2, 128, 12_288),
    work_mem: clampMb(machine.memoryBytes / 512, 4, 16),
    maintenance_work_mem: clampMb(machine.memoryBytes / 32, 32, 256),
    // Large imports must not checkpoint every few seconds, but the log of changes may not fill a small disk either.
    max_wal_size: clampMb(machine.diskFreeBytes / 8, 256, 6144),
    checkpoint_timeout: '15min',
    wal_compression: 'off',
    // An acknowledged row survives a crash and a power cut.
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    // One machine, no replica: bulk loads into a table made in the same transaction skip the log of changes.
    wal_level: 'minimal',
    max_wal_senders: '0',
    jit: 'off',
    random_page_cost: '1.1',
    huge_pages: 'off',
    // Containers often have 64 MB of /dev/shm, too little for one parallel index build.
    dynamic_shared_memory_type: (machine.shmFreeBytes ?? 0) >= 512 * mib ? 'posix' : 'mmap',
    // A query of a client that was killed ends soon after it.
    client_connection_check_interval: '2s',
    timezone: 'UTC',
    log_timezone: 'UTC',
    logging_collector: 'off',
    log_destination: 'stderr',
    log_line_prefix: '%m [%p] ',
    log_checkpoints: 'off',
    // Failing statements and their details hold values of people.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
  };
}

/** Settings as arguments of `postgres`. */
export function settingArguments(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
