/** The end of a kernel whose parent is gone. */
const POLL_MS = 1000;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Ends this process when the one that started it is gone. Runs in the protocol thread: busy cells do not delay it. */
export function exitWithParent(): void {
  const parent = process.ppid;
  const client = Number(process.env.JPY_PARENT_PID);
  setInterval(() => {
    const orphaned = process.ppid !== parent || (Number.isInteger(client) && client > 1 && !alive(client));
    if (orphaned) process.kill(process.pid, "SIGKILL");
  }, POLL_MS).unref();
}
