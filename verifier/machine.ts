/** The machine the verifier looks at: what it asks of the system, the network and the clock. A test or a stand-in gives another. */
import { execFile, spawn } from 'node:child_process';
import { get } from 'node:http';
import { get as getSecure } from 'node:https';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';

export const PATIENCE_MS = 4_000;

export interface Machine {
  /** As Node names it: `win32`, `linux`. */
  platform: string;
  env(name: string): string | undefined;
  /** Its own clock. */
  now(): Date;
  /** Runs a program of the system and reads what it prints. */
  run(program: string, args: readonly string[]): Promise<{ ok: boolean; out: string }>;
  /** Runs an installer, whose words go to the screen. `status`: its exit code; undefined when it did not start, for `error`. */
  install(program: string, args: readonly string[]): Promise<{ status?: number | null; error?: string }>;
  /** Whether somebody answers at an address. */
  answers(host: string, port: number): Promise<boolean>;
  /** What a page of the machine itself answers; undefined when nothing does. */
  fetchPage(url: string): Promise<{ status: number; text: string } | undefined>;
  /** Addresses that others reach it by: a connection to one of them is what a neighbour would get. */
  outsideAddresses(): string[];
}

function run(program: string, args: readonly string[]): Promise<{ ok: boolean; out: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 30_000, windowsHide: true }, (error, stdout) =>
      resolve({ ok: !error, out: String(stdout) }),
    );
  });
}

function install(program: string, args: readonly string[]): Promise<{ status?: number | null; error?: string }> {
  return new Promise((end) => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => end({ error: error.message }));
    child.on('exit', (status) => end({ status }));
  });
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(PATIENCE_MS, () => end(false));
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
  });
}

function fetchPage(url: string): Promise<{ status: number; text: string } | undefined> {
  return new Promise((resolve) => {
    const no = () => resolve(undefined);
    const ask = url.startsWith('https:') ? getSecure : get;
    // A machine's own certificate is its own: it proves nothing here, and nothing is sent.
    const request = ask(url, { timeout: PATIENCE_MS, rejectUnauthorized: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text = (text + part).slice(0, 1_000_000);
      });
      answer.on('error', no);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', no);
  });
}

function outsideAddresses(): string[] {
  const all = Object.values(networkInterfaces()).reduce<{ address: string; internal: boolean }[]>(
    (list, own) => list.concat(own ?? []),
    [],
  );
  return all.filter((one) => !one.internal && !one.address.startsWith('fe80')).map((one) => one.address);
}

/** The machine this runs on. @param outside addresses that stand for the network in place of its own */
export function thisMachine(outside?: readonly string[]): Machine {
  return {
    platform: process.platform,
    env: (name) => process.env[name],
    now: () => new Date(),
    run,
    install,
    answers,
    fetchPage,
    outsideAddresses: outside ? () => [...outside] : outsideAddresses,
  };
}
