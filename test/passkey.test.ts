import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { getRequestListener } from '@hono/node-server';
import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import { samplePassword } from '../src/app/accounts.ts';
import { transact } from '../src/app/context.ts';
import { type Credential, sign, signatureChallenge } from '../src/app/signatures.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { closeBrowser, withBrowser } from './helpers/browser.ts';
import { type House, openHouse } from './helpers/house.ts';

let house: House;
let server: Server;
let url: string;
before(async () => {
  // Passkeys belong to an address, so it has to be known before the house is made.
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  url = `http://localhost:${(server.address() as AddressInfo).port}`;
  house = await openHouse({ url });
  server.on('request', getRequestListener(house.app.fetch));
});
after(async () => {
  await closeBrowser();
  server.close();
  await house.close();
});

/** What the page's script for passkeys offers. */
interface Ceremony {
  startAuthentication(options: { optionsJSON: Record<string, unknown> }): Promise<unknown>;
}

/** A device with a screen lock, as the browser sees it. */
async function plugIn(
  context: BrowserContext,
  page: Page,
  verifies: boolean,
): Promise<{ session: CDPSession; id: string }> {
  const session = await context.newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: verifies,
      automaticPresenceSimulation: true,
    },
  });
  return { session, id: authenticatorId };
}

async function signInByPassword(page: Page, email: string): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: false }).first().fill(samplePassword);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
}

describe('a passkey, in a real browser', () => {
  it('is added, opens the door without password and code, and is taken away', async () => {
    await withBrowser({}, async (page, context) => {
      const device = await plugIn(context, page, true);
      await signInByPassword(page, 'support@fieldfix.example');
      await page.goto(`${url}/account`);
      await page.getByRole('button', { name: 'Add a passkey' }).click();
      await page.getByText('The passkey is saved.').waitFor();
      const { credentials } = await device.session.send('WebAuthn.getCredentials', { authenticatorId: device.id });
      assert.equal(credentials.length, 1);
      assert.equal(credentials[0]?.isResidentCredential, true);

      await page.locator('.ff-user summary').click();
      await page.getByRole('button', { name: 'Sign out', exact: true }).click();
      await page.waitForURL(`${url}/sign-in`);
      await page.goto(`${url}/sign-in?next=/account`);
      await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
      await page.waitForURL(`${url}/account`);
      const [session] = await house.ctx.db
        .selectFrom('staff_session')
        .select('method')
        .orderBy('created_at', 'desc')
        .execute();
      assert.equal(session?.method, 'passkey');

      await page.getByRole('button', { name: 'Remove' }).click();
      await page.getByText('The passkey opens nothing here any more.').waitFor();
      await page.goto(`${url}/account`);
      assert.equal(await page.getByRole('button', { name: 'Remove' }).count(), 0);
    });
  });

  it('signs exactly what the page showed', async () => {
    await withBrowser({}, async (page, context) => {
      await plugIn(context, page, true);
      await signInByPassword(page, 'quality@fieldfix.example');
      await page.goto(`${url}/account`);
      await page.getByRole('button', { name: 'Add a passkey' }).click();
      await page.getByText('The passkey is saved.').waitFor();
      const ctx = await house.staff('quality');
      const staffId = ctx.actor.kind === 'staff' ? ctx.actor.id : '';
      const subject = { subjectKind: 'notice', subjectId: 1, contentHash: 'ab'.repeat(32) };
      const challenge = signatureChallenge(ctx, staffId, subject, new Date());
      const passkey = await page.evaluate(async (asked) => {
        const { startAuthentication } = (globalThis as unknown as { SimpleWebAuthnBrowser: Ceremony })
          .SimpleWebAuthnBrowser;
        const options = { challenge: asked, rpId: location.hostname, userVerification: 'required' };
        return JSON.stringify(await startAuthentication({ optionsJSON: options }));
      }, challenge);
      const signWith = (credential: Credential, contentHash: string) =>
        transact(ctx, (tx) => sign(ctx, tx, { ...subject, contentHash, meaning: 'I approve.', credential }));
      const moved = await signWith({ passkey, challenge }, 'cd'.repeat(32));
      assert.equal(isRefusal(moved) && moved.code, 'credential.challenge-over');
      const other = signatureChallenge(ctx, staffId, { ...subject, contentHash: 'cd'.repeat(32) }, new Date());
      const swapped = await signWith({ passkey, challenge: other }, 'cd'.repeat(32));
      assert.equal(isRefusal(swapped) && swapped.code, 'credential.wrong-passkey');
      const signed = await signWith({ passkey, challenge }, subject.contentHash);
      assert.equal('method' in signed && signed.method, 'passkey');
    });
  });

  it('opens nothing when the device did not check who holds it', async () => {
    const expectedErrors = [/422/];
    await withBrowser({ expectedErrors }, async (page, context) => {
      const device = await plugIn(context, page, true);
      await signInByPassword(page, 'viewer@fieldfix.example');
      await page.goto(`${url}/account`);
      await page.getByRole('button', { name: 'Add a passkey' }).click();
      await page.getByText('The passkey is saved.').waitFor();
      await context.clearCookies();
      await device.session.send('WebAuthn.setUserVerified', { authenticatorId: device.id, isUserVerified: false });
      // What a page changed by somebody would ask for.
      await page.route('**/sign-in/passkey/options', async (route) => {
        const answer = await house.app.request(route.request().url(), {
          method: 'POST',
          headers: await route.request().allHeaders(),
        });
        const options = { ...((await answer.json()) as object), userVerification: 'discouraged' };
        await route.fulfill({
          status: 200,
          headers: { 'content-type': 'application/json', 'set-cookie': answer.headers.getSetCookie().join('\n') },
          body: JSON.stringify(options),
        });
      });
      await page.goto(`${url}/sign-in`);
      await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
      await page.getByText(/not known here|cancelled/).waitFor();
      await page.goto(`${url}/account`);
      assert.match(page.url(), /\/sign-in/);
    });
  });
});
