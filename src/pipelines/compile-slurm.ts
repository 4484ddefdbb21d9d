import { jobEnvironment } from './job-environment.ts';
import { jobName } from './job-grammar.ts';
import type { JobKey, JobSpec } from './model.ts';

/** Exit code of a job whose folder is not on the node. */
export const folderMissing = 97;
/** Exit code of a job whose body ran already. */
export const ranAlready = 98;

/** What a site wants said with every job. */
export interface SlurmSite {
  readonly partition: string | undefined;
  readonly account: string | undefined;
  /** Most bytes of each log; what comes after is dropped. */
  readonly logBytes: number;
}

/** Number of the REST plugin's version: 38 of `v0.0.38`. */
export type SlurmRestVersion = number;

/** Body of `POST /slurm/v0.0.N/job/submit`. */
export interface SlurmSubmission {
  readonly script: string;
  readonly job: Readonly<Record<string, unknown>>;
}

/** The comment by which a job is found again: the one thing Slurm keeps for us and gives back in lists. */
export function slurmComment(key: JobKey): string {
  return `mia-run=${key.runId}.${key.attempt}`;
}

/**
 * A job in the form of slurmrestd. `argv` is never sent (22.05.8 ends at it); all limits are, whatever the site's defaults; a job is never
 * queued again by Slurm itself. From v0.0.39 on the environment is a list and numbers are objects.
 */
export function compileSlurmJob(job: JobSpec, site: SlurmSite, version: SlurmRestVersion): SlurmSubmission {
  const environment = jobEnvironment(job);
  const modern = version >= 39;
  const number = (value: number): unknown => (modern ? { set: true, infinite: false, number: value } : value);
  return {
    script: renderScript(job, site),
    job: {
      name: jobName(job),
      comment: slurmComment(job),
      ...(site.partition === undefined ? {} : { partition: site.partition }),
      ...(site.account === undefined ? {} : { account: site.account }),
      tasks: 1,
      cpus_per_task: job.limits.cpus,
      memory_per_node: number(job.limits.memoryMiB),
      // Minutes; the script keeps the seconds, this is for a script that cannot.
      time_limit: number(Math.ceil(job.limits.timeoutS / 60) + 1),
      // 22.05 takes `requeue: false` and queues the job again all the same; only this word of its command line holds.
      ...(modern ? { requeue: false } : { no_requeue: true }),
      current_working_directory: job.folder,
      standard_output: `${job.folder}/job/batch.log`,
      standard_error: `${job.folder}/job/batch.log`,
      environment: modern ? Object.entries(environment).map(([name, value]) => `${name}=${value}`) : environment,
      ...gpuFields(job, version),
    },
  };
}

function gpuFields({ limits: { gpus } }: JobSpec, version: SlurmRestVersion): Record<string, string> {
  if (gpus === undefined) return {};
  const words = ['gpu', ...(gpus.type === undefined ? [] : [gpus.type]), String(gpus.count)].join(':');
  return version >= 40 ? { tres_per_node: `gres/${words}` } : { gres: words };
}

/** One word for a POSIX shell, whatever is in it. @throws RangeError for NUL, which no word can hold */
export function shellWord(text: string): string {
  if (text.includes('\0')) throw new RangeError('a word of a command cannot hold NUL');
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * The batch script. No caller's text but the quoted command is in it. `job/body` can be made once: a body that Slurm starts a second time
 * ends at once. `job/exit.json` outlives Slurm's memory of the job.
 */
function renderScript(job: JobSpec, site: SlurmSite): string {
  const { timeoutS } = job.limits;
  return `#!/bin/bash
umask 022
cd -- ${shellWord(job.folder)} || exit ${folderMissing}
mkdir -- job/body 2>/dev/null || { [ -d job/body ] && exit ${ranAlready}; exit ${folderMissing}; }
node=$(uname -n | tr -cd 'A-Za-z0-9._-')
gpus=$(printf %s "\${CUDA_VISIBLE_DEVICES:-}" | tr -cd 'A-Za-z0-9,-')
began=$(date +%s)
mark() {
  printf '{"exitCode":%d%s,"startedAt":%d,"endedAt":%d,"node":"%s","gpus":"%s"}' "$1" "$2" "$began" "$(date +%s)" "$node" "$gpus" >job/exit.part
  mv -f job/exit.part job/exit.json
}
trap 'mark 143 "" ; exit 143' TERM
ulimit -c 0
# Logs are bounded without ending their writer.
exec 3> >(stdbuf -o0 head -c ${site.logBytes} >job/stdout.log; cat >/dev/null)
out=$!
exec 4> >(stdbuf -o0 head -c ${site.logBytes} >job/stderr.log; cat >/dev/null)
err=$!
timeout --kill-after=10 ${timeoutS} ${job.command.map(shellWord).join(' ')} </dev/null >&3 2>&4 3>&- 4>&- &
body=$!
exec 3>&- 4>&-
wait $body
code=$?
late=
if [ $(($(date +%s) - began)) -ge ${timeoutS} ] && { [ $code = 124 ] || [ $code = 137 ]; }; then late=',"outcome":"TIMED_OUT"'; fi
# A process that outlives the body may hold a log open.
for _ in {1..50}; do kill -0 $out $err 2>/dev/null || break; sleep 0.1; done
mark $code "$late"
exit $code
`;
}
