// A `winnow-gateway` of its own before the services of a `winnow serve`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually } from './browser.mjs';
import { build, freePort } from './winnow.mjs';

export class Gateway {
  static async start(t, winnow) {
    const gateway = new Gateway();
    t.after(() => gateway.kill());
    gateway.address = `127.0.0.1:${await freePort()}`;
    gateway.url = `http://${gateway.address}`;
    gateway.options = [
      `--listen=${gateway.address}`,
      `--server=${winnow.address}`,
      `--data=${join(winnow.directory, 'gateway')}`,
      `--web_files=${winnow.webFiles}`,
    ];
    await gateway.restart();
    return gateway;
  }

  async restart() {
    this.process = spawn(join(build, 'bin/winnow-gateway'), this.options, { stdio: 'ignore' });
    const isThere = () =>
      fetch(`${this.url}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      );
    await eventually(isThere, 'the gateway does not start');
  }

  /** As a power cut does. */
  async kill() {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }
}
