/** Every kind of page of the desk, looked over by the rules of axe, at a desk and on a telephone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { closeBrowser, withBrowser } from '../helpers/browser.ts';
import { checkAccess, checkWidth, type Journey, open, openJourney, releaseSample, signIn } from './journey-house.ts';

let journey: Journey;
let actionId: number;

before(async () => {
  journey = await openJourney();
  ({ actionId } = await releaseSample(journey, { DE: 2, GB: 1 }));
});
after(async () => {
  await closeBrowser();
  await journey.close();
});

describe('the desk', () => {
  for (const width of [1280, 390]) {
    it(`has no serious obstacle at ${width} px`, async () => {
      const action = `/actions/${actionId}`;
      const tabs = [
        '',
        '/describe',
        '/scope',
        '/notice',
        '/deliveries',
        '/parties',
        '/corrections',
        '/deadlines',
        '/history',
        '/stage',
        '/sending',
        '/print',
      ];
      const paths = [
        ...tabs.map((tab) => action + tab),
        '/parties/1',
        '/actions',
        '/parties',
        '/units',
        '/units/1',
        '/products',
        '/imports',
        '/tasks',
        '/mailbox',
        '/mailbox/1',
        '/notices/1/preview',
        '/corrections/1',
        '/deliveries/1',
        '/deadlines/1',
        '/search?q=Labor',
        '/api',
        '/history',
        '/history/verify',
        '/settings/accounts',
        '/settings/keys',
        '/settings/webhooks',
        '/settings/countries',
        '/account',
      ];
      await withBrowser({ width }, async (page) => {
        await signIn(page, journey, 'Administrator');
        for (const path of paths) {
          await open(page, journey, path);
          // Most pages differ only in width on a telephone.
          if (width > 390 || path.length < 12) await checkAccess(page, `${path} at ${width} px`);
          await checkWidth(page, `${path} at ${width} px`);
        }
      });
      assert.deepEqual(journey.errors, []);
    });
  }
});
