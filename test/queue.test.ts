import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DatabaseHandle } from '../src/db/client.ts';
import { fakeQueue } from '../src/jobs/fake-queue.ts';
import { bossQueue, type Queue } from '../src/jobs/queue.ts';
import { databaseKind, openTestDatabase } from './helpers/database.ts';

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited 20 s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe(`the job queue (${databaseKind})`, () => {
  let handle: DatabaseHandle;
  let queue: Queue;
  const seen: unknown[] = [];
  const errors: string[] = [];
  let failures = 0;
  before(async () => {
    handle = await openTestDatabase();
    queue = bossQueue(handle, { onError: (message, error) => errors.push(`${message}: ${error}`) });
    queue.work('note', async (data) => void seen.push(data.n));
    queue.work('later', async () => void seen.push('later'));
    queue.work('fail', async (_data, { attempt }) => {
      failures = attempt;
      if (attempt < 2) throw new Error('not yet');
    });
    queue.schedule('note', '0 3 * * *');
    await queue.start();
  });
  after(async () => {
    await queue.stop();
    await handle.close();
  });
  const enqueue = (name: string, data: Record<string, unknown>, options = {}) =>
    handle.db.transaction().execute((tx) => queue.enqueue(tx, name, data, options));

  it('runs a job soon after its transaction commits', async () => {
    const began = performance.now();
    await enqueue('note', { n: 1 });
    await until(() => seen.includes(1), 'the job runs');
    assert.ok(performance.now() - began < 1500, `took ${performance.now() - began} ms`);
  });

  it('forgets a job whose transaction rolls back', async () => {
    const lost = handle.db.transaction().execute(async (tx) => {
      await queue.enqueue(tx, 'note', { n: 'rolled back' });
      throw new Error('back');
    });
    await assert.rejects(lost, /back/);
    await enqueue('note', { n: 2 });
    await until(() => seen.includes(2), 'the next job runs');
    assert.ok(!seen.includes('rolled back'));
    assert.equal(await queue.depth(), 0);
  });

  it('keeps one waiting job per key, and any number without', async () => {
    const startAfter = new Date(Date.now() + 3_600_000);
    for (let n = 0; n < 3; n++) await enqueue('later', {}, { key: 'a', startAfter });
    await enqueue('later', {}, { key: 'b', startAfter });
    for (let n = 0; n < 2; n++) await enqueue('later', {}, { startAfter });
    assert.equal(await queue.depth(), 4);
    assert.ok(!seen.includes('later'));
  });

  it('tries a failed job again and tells', async () => {
    await enqueue('fail', {});
    await until(() => failures === 2, 'the second try');
    assert.deepEqual(errors, ['job fail: Error: not yet']);
  });

  it('refuses a name that was not declared', async () => {
    await assert.rejects(enqueue('unknown', {}), /declare it by work/);
  });

  it('lets pages through while jobs work', async () => {
    for (let n = 0; n < 30; n++) await enqueue('note', { n: `busy ${n}` });
    const began = performance.now();
    for (let n = 0; n < 50; n++) await handle.run('select 1');
    assert.ok(performance.now() - began < 2000);
    await until(() => seen.includes('busy 29'), 'all jobs run');
    assert.ok(performance.now() - began < 3000, 'waiting jobs follow each other without a pause');
  });
});

describe('the fake queue', () => {
  it('runs pending jobs and those they enqueue, each key once', async () => {
    const queue = fakeQueue();
    const ran: unknown[] = [];
    const tx = {} as Parameters<Queue['enqueue']>[0];
    queue.work('first', async ({ n }) => {
      ran.push(n);
      if (n === 1) await queue.enqueue(tx, 'first', { n: 2 }, { key: 'k' });
    });
    await queue.enqueue(tx, 'first', { n: 1 }, { key: 'k' });
    await queue.enqueue(tx, 'first', { n: 9 }, { key: 'k' });
    await queue.enqueue(tx, 'first', { n: 3 }, { startAfter: new Date(1000) });
    assert.equal(await queue.runPending(), 2);
    assert.equal(await queue.runPending(new Date(1000)), 1);
    assert.deepEqual(ran, [1, 2, 3]);
  });
});
