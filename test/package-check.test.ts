/** Packages against their rows, wherever they lie: what a restore has to know. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { s3Packages } from '../src/adapters/packages-s3.ts';
import { checkPackageFiles, countPackageFiles } from '../src/app/package-check.ts';
import { openHouse } from './helpers/house.ts';
import { plantGate, releasePackage, sampleBytes } from './helpers/packages.ts';
import { startS3 } from './helpers/s3-server.ts';

describe('the files of packages', () => {
  it('are read from storage of their own, and what is missing or changed is named', async () => {
    const storage = await startS3();
    const house = await openHouse();
    house.ctx.packages = s3Packages({ url: storage.url, region: 'eu-1', keyId: 'key', secret: 'secret' });
    try {
      const gate = await plantGate(house.ctx);
      const ids = [];
      for (const [at, version] of ['1.0', '1.1', '1.2'].entries())
        ids.push(await releasePackage(house, gate.remedyId, sampleBytes(9_000, at + 1), { version, publish: false }));
      const { db, packages } = house.ctx;
      assert.equal(await countPackageFiles(db), 3);
      assert.deepEqual(await checkPackageFiles(db, packages), { packages: 3, wrong: [] });
      const keys = await db.selectFrom('package').select('storage_key').orderBy('id').execute();
      const objectOf = (at: number) =>
        [...storage.objects.keys()].find((name) => name.endsWith(keys[at]?.storage_key ?? '?')) ?? '';
      storage.objects.delete(objectOf(0));
      const changed = storage.objects.get(objectOf(2));
      assert.ok(changed);
      changed[17] = (changed[17] ?? 0) ^ 1;
      assert.deepEqual(await checkPackageFiles(db, packages), {
        packages: 3,
        wrong: [
          { id: ids[0], file: 'patch.msi', version: '1.0', problem: 'unreadable' },
          { id: ids[2], file: 'patch.msi', version: '1.2', problem: 'changed' },
        ],
      });
    } finally {
      await house.close();
      await storage.close();
    }
    assert.deepEqual(house.errors, []);
  });
});
