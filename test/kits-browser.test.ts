/** Kits in a real browser: asked for and accounted for on a telephone without JavaScript, worked on at the desk. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { serve } from '@hono/node-server';
import type { Page } from 'playwright-core';
import { shipKit } from '../src/app/kit-moves.ts';
import { prepareKit } from '../src/app/kits.ts';
import { closeBrowser, withBrowser } from './helpers/browser.ts';
import { type House, openHouse } from './helpers/house.ts';
import { type Gate, given, plantGate, releasePackage, sampleBytes } from './helpers/packages.ts';

const axe = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** Nothing serious for a screen reader, and nothing to scroll sideways for. */
async function expectAccessible(page: Page): Promise<void> {
  const found = await page.evaluate(`${axe};axe.run(document, {resultTypes: ['violations']}).then((result) =>
    result.violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => one.id + ' ' + one.nodes[0].html))`);
  assert.deepEqual(found, [], page.url());
  const sideways = await page.evaluate('document.documentElement.scrollWidth > innerWidth + 1');
  assert.equal(sideways, false, `${page.url()} scrolls sideways`);
}

describe('kits in a browser', () => {
  let house: House;
  let gate: Gate;
  let origin: string;
  let server: ReturnType<typeof serve>;
  before(async () => {
    server = serve({ fetch: (request) => house.app.fetch(request), port: 0 });
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    origin = `http://localhost:${typeof address === 'object' && address ? address.port : 0}`;
    house = await openHouse({ url: origin });
    gate = await plantGate(house.ctx, 'FSN-KITS-2');
    await house.ctx.db
      .updateTable('link')
      .set({ expires_at: new Date('2099-01-01') })
      .execute();
    await releasePackage(house, gate.remedyId, sampleBytes(2_000));
  });
  after(async () => {
    await closeBrowser();
    server.close();
    await house.close();
    assert.deepEqual(house.errors, []);
  });

  it('are asked for and said to have arrived on a telephone, without JavaScript', async () => {
    const { owner } = gate.people;
    const path = `${origin}/p/${owner.token}/kit`;
    await withBrowser({ javaScript: false, width: 390, expectedErrors: [/422/] }, async (page) => {
      await page.goto(`${path}?lang=de`);
      await page.getByLabel(/FSN-KITS-2-owner/).check();
      await page.getByLabel('Zu Händen von').fill('Frau Muster');
      await page.getByRole('button', { name: 'Datenträger anfordern' }).click();
      // Nobody knew the street: it is asked for, and the rest is still there.
      assert.equal(await page.getByLabel('Zu Händen von').inputValue(), 'Frau Muster');
      await page
        .getByRole('link', { name: /Füllen Sie dies aus/ })
        .first()
        .click();
      await page.getByLabel('Straße und Hausnummer').fill('Musterweg 1');
      await page.getByLabel('Ort').fill('Musterstadt');
      await page.getByRole('button', { name: 'Datenträger anfordern' }).click();
      assert.match(await page.locator('main').innerText(), /angefordert, wir bereiten ihn vor/);
      const { id } = await house.ctx.db.selectFrom('kit').select('id').executeTakeFirstOrThrow();
      const support = await house.staff('support');
      given(await prepareKit(support, id));
      given(await shipKit(support, id, { carrier: 'Muster-Kurier', tracking: 'RR 1 DE' }));
      await page.goto(path);
      assert.match(await page.locator('main').innerText(), /RR 1 DE/);
      await page.getByRole('button', { name: 'Ich habe ihn erhalten' }).click();
      assert.match(await page.locator('main').innerText(), /Danke, wir haben es vermerkt/);
      await page.getByRole('button', { name: 'Wir haben ihn vernichtet' }).click();
      assert.equal(await page.getByRole('button', { name: /Wir haben/ }).count(), 0);
    });
  });

  it('can be read by everybody, in Arabic from the right', async () => {
    const { owner, other } = gate.people;
    await withBrowser({ width: 390 }, async (page) => {
      await page.goto(`${origin}/p/${owner.token}/kit?lang=de`);
      await expectAccessible(page);
      await page.goto(`${origin}/p/${other.token}/kit?lang=ar`);
      assert.equal(await page.locator('html').getAttribute('dir'), 'rtl');
      await expectAccessible(page);
    });
  });

  it('are worked on at the desk, on a telephone as well', async () => {
    for (const width of [390, 1280]) {
      await withBrowser({ width }, async (page, context) => {
        const cookies = (await house.signIn('support')).split('; ');
        await context.addCookies(
          cookies.map((one) => {
            const [name = '', ...value] = one.split('=');
            return { name, value: value.join('='), url: origin };
          }),
        );
        for (const path of [
          '/kits',
          '/kits?state=destroyed',
          '/kits/1',
          '/kits/ship',
          `/parties/${gate.people.other.partyId}/kit`,
        ]) {
          await page.goto(`${origin}${path}`);
          assert.equal(new URL(page.url()).pathname, new URL(path, origin).pathname);
          await expectAccessible(page);
        }
      });
    }
  });
});
