/**
 * Aborted by SIGTERM, SIGINT or SIGHUP. A second signal ends the process at once, so that a shutdown that hangs can be cut short.
 */
export function terminationSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(1);
      controller.abort();
    });
  }
  return controller.signal;
}
