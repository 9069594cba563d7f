// A `winnow serve` of the build under test, on scratch data and free loopback ports.
//   WINNOW_BUILD   the build tree: bin/winnow, and share/winnow/web for the browser
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { randomUUID } from 'node:crypto';

export const build = process.env.WINNOW_BUILD ?? '';
const program = join(build, 'bin/winnow');
const run = promisify(execFile);
export const examples = new URL('../../../examples/', import.meta.url).pathname;

/** A port that can be asked for again: above 32767 are those that the system gives to clients. */
export async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ]);
    server.close();
    if (isFree) return port;
  }
}

export class Winnow {
  /** A server whose data is deleted after the test `t`. */
  static async start(t) {
    const winnow = new Winnow();
    winnow.webFiles = join(build, 'share/winnow/web');
    winnow.directory = mkdtempSync(join(tmpdir(), 'winnow-browser-'));
    t.after(async () => {
      await winnow.stop();
      rmSync(winnow.directory, { recursive: true, force: true });
    });
    await winnow.#serve(`127.0.0.1:${await freePort()}`);
    return winnow;
  }

  async #serve(web) {
    const data = join(this.directory, 'data');
    const options = ['--json', '--data', data, '--listen', '127.0.0.1:0', '--web', web];
    this.process = spawn(program, ['serve', ...options, '--web-files', this.webFiles], {
      stdio: ['ignore', 'pipe', process.env.VERBOSE ? 'inherit' : 'ignore'],
    });
    const ended = once(this.process, 'exit').then(([code]) => {
      throw new Error(`winnow serve ended with ${code}; VERBOSE=1 shows why`);
    });
    const lines = createInterface({ input: this.process.stdout });
    const [line] = await Promise.race([once(lines, 'line'), ended]);
    ended.catch(() => undefined);
    const started = JSON.parse(line);
    this.address = started.address;
    this.url = started.web.replace(/\/$/, '');
  }

  /** As a power cut does: nothing is told to anybody. */
  async kill() {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }

  /** For browsers where it was before, on the same data. */
  async restart() {
    await this.#serve(new URL(this.url).host);
  }

  async stop() {
    await this.kill();
  }

  /** Runs a command of the winnow program against this server; its output. */
  async cli(args, token = this.token) {
    const env = { ...process.env, WINNOW_SERVER: this.address, WINNOW_TOKEN: token ?? '' };
    if (!env.WINNOW_TOKEN) delete env.WINNOW_TOKEN;
    return (await run(program, args, { env, maxBuffer: 1 << 28 })).stdout;
  }

  /** Calls "AnnotationService/CreateQueue" and its like as a browser would; the JSON reply. */
  async call(method, request, token = this.token) {
    const service = method.split('/')[0].replace('Service', '').toLowerCase();
    const reply = await fetch(`${this.url}/rpc/winnow.${service}.v1.${method}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        origin: this.url,
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(request),
    });
    const body = await reply.json();
    if (!reply.ok) throw new Error(`${method}: ${JSON.stringify(body)}`);
    return body;
  }

  /** Adds texts, strings or whole rows, to a source. */
  async addTexts(source, texts) {
    const rows = texts.map((text) => JSON.stringify(typeof text === 'string' ? { text } : text));
    const file = join(this.directory, `${source}.jsonl`);
    writeFileSync(file, rows.join('\n') + '\n');
    await this.cli(['source', 'add', source, file]);
  }

  createQueue(spec) {
    return this.call('AnnotationService/CreateQueue', { requestId: randomUUID(), spec });
  }

  /** The demonstration's model of job titles, and a queue that teaches it from raw titles. */
  async teachJobTitles(queue = 'titles', more = {}) {
    await this.cli(['db-in', 'gold', join(examples, 'job_titles_gold.jsonl'), '--complete']);
    const output = join(this.directory, 'jobs_model');
    await this.cli(['ner.batch-train', '-l', 'job_title', 'gold', 'blank:en', '-o', output]);
    await this.cli(['source', 'add', 'raw', join(examples, 'job_titles_raw.jsonl')]);
    await this.createQueue({
      name: queue,
      kind: 'TASK_KIND_TEACH',
      source: 'raw',
      dataset: `${queue}_answers`,
      labels: ['job_title'],
      model: 'jobs_model',
      checkShare: 0,
      ...more,
    });
  }

  /** The rows of a data set as they are exported. */
  async rowsOf(dataset) {
    const rows = await this.cli(['db-out', dataset]);
    return rows
      .split('\n')
      .filter(Boolean)
      .map((row) => JSON.parse(row));
  }
}
