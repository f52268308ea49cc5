import { join } from "node:path";

/** A Slurm of one node on this machine, for as long as it is not stopped. */
export interface LocalSlurm {
  /** What programs need in their environment to ask it. */
  readonly env: { readonly SLURM_CONF: string };
  /** Runs one of Slurm's programs; what it prints. */
  ask(program: string, ...args: string[]): Promise<string>;
  /** Cancels every job, and ends the daemons. */
  stop(): Promise<void>;
}

/** Programs of Debian's packages `slurm-wlm` and `munge`. */
export const DAEMONS = {
  munged: "/usr/sbin/munged",
  slurmctld: "/usr/sbin/slurmctld",
  slurmd: "/usr/sbin/slurmd",
};

/** Whether there is a Slurm to start: the programs, and the superuser that the node's daemon has to be. */
export function canStart(): boolean {
  try {
    for (const path of Object.values(DAEMONS)) Deno.statSync(path);
    const mine = Deno.makeTempFileSync(), { uid } = Deno.statSync(mine);
    Deno.removeSync(mine);
    return uid === 0;
  } catch {
    return false;
  }
}

/** Milliseconds that daemons get to answer, and between two looks. */
const PATIENCE = 240_000, LOOK = 100;

/** Waits until something holds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const start = performance.now();
  while (!await holds()) {
    if (performance.now() - start > PATIENCE) throw new Error(`waited too long until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}

/**
 * Starts Slurm's and MUNGE's daemons with everything that they keep in one folder, on the loopback address and free ports: a node
 * with two processors, jobs without control groups.
 *
 * @param folder an empty folder of an absolute path without spaces
 */
export async function startSlurm(folder: string): Promise<LocalSlurm> {
  const at = (name: string) => join(folder, name), socket = at("munge.socket");
  for (const name of ["state", "spool"]) Deno.mkdirSync(at(name), { recursive: true });
  // MUNGE takes no folder that others may write into on the way to its files.
  Deno.chmodSync(folder, 0o755);
  const key = crypto.getRandomValues(new Uint8Array(1024));
  Deno.writeFileSync(at("munge.key"), key, { mode: 0o400 });
  const host = Deno.hostname(), conf = at("slurm.conf"), env = { SLURM_CONF: conf };
  Deno.writeTextFileSync(conf, configuration(host, folder, socket));
  const daemons: Deno.ChildProcess[] = [];
  const start = (program: string, ...args: string[]) => {
    const command = new Deno.Command(program, { args, env, stdin: "null", stdout: "null", stderr: "null" });
    daemons.push(command.spawn());
  };
  const ask = async (program: string, ...args: string[]) => {
    const command = new Deno.Command(program, { args, env, stdin: "null", stdout: "piped", stderr: "piped" });
    const { success, stdout, stderr } = await command.output(), decoder = new TextDecoder();
    if (!success) throw new Error(`${program} ${args.join(" ")}: ${decoder.decode(stderr)}`);
    return decoder.decode(stdout);
  };
  const stop = async () => {
    try {
      await ask("scancel", "--user=root").catch(() => {});
      await until("the queue is empty", async () => (await ask("squeue", "--noheader")).trim() === "").catch(
        () => {},
      );
    } finally {
      for (const daemon of daemons.reverse()) {
        daemon.kill("SIGTERM");
        await daemon.status;
      }
    }
  };
  try {
    const files = {
      "key-file": "munge.key",
      "pid-file": "munge.pid",
      "log-file": "munge.log",
      "seed-file": "munge.seed",
    };
    const given = Object.entries(files).map(([flag, name]) => `--${flag}=${at(name)}`);
    start(DAEMONS.munged, "--foreground", "--force", `--socket=${socket}`, ...given);
    await until("munged listens", () => exists(socket));
    start(DAEMONS.slurmctld, "-D", "-c", "-f", conf);
    start(DAEMONS.slurmd, "-D", "-f", conf, "-N", host);
    const idle = () =>
      ask("sinfo", "--noheader", "--format=%T").then((text) => text.trim() === "idle", () => false);
    await until("the node is idle", idle);
    return { env, ask, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** A port that nobody listens on. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function configuration(host: string, folder: string, socket: string): string {
  const settings = {
    ClusterName: "local",
    SlurmctldHost: `${host}(127.0.0.1)`,
    SlurmUser: "root",
    SlurmdUser: "root",
    AuthType: "auth/munge",
    // Jobs that are put into the queue again wait until what they were started with has expired: two minutes unless told so.
    AuthInfo: `socket=${socket},cred_expire=5`,
    SlurmctldPort: freePort(),
    SlurmdPort: freePort(),
    StateSaveLocation: `${folder}/state`,
    SlurmdSpoolDir: `${folder}/spool`,
    SlurmctldPidFile: `${folder}/slurmctld.pid`,
    SlurmdPidFile: `${folder}/slurmd.pid`,
    SlurmctldLogFile: `${folder}/slurmctld.log`,
    SlurmdLogFile: `${folder}/slurmd.log`,
    ProctrackType: "proctrack/linuxproc",
    TaskPlugin: "task/none",
    JobAcctGatherType: "jobacct_gather/none",
    SelectType: "select/cons_tres",
    SelectTypeParameters: "CR_Core",
    SwitchType: "switch/none",
    MpiDefault: "none",
    ReturnToService: 2,
    SlurmdParameters: "config_overrides",
    SchedulerParameters: "sched_interval=1,batch_sched_delay=0",
    KillWait: 5,
  };
  return [
    ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
    `NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=500 State=UNKNOWN`,
    "PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP",
    "",
  ].join("\n");
}
