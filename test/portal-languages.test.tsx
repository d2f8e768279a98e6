/** The portal in scripts of other kinds: right to left, Greek, Japanese. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { translator } from '../src/http/translate.ts';
import { closeBrowser, withBrowser } from './helpers/browser.ts';
import { openPortalHouse, type PortalHouse } from './portal-house.ts';
import { addSampleAction, addSampleParty, type SampleParty } from './portal-sample.ts';

const pages = [
  '',
  '/notice',
  '/units',
  '/form/receipt',
  '/form/units',
  '/form/corrections',
  '/form/others',
  '/form/sign',
  '/review',
  '/sent',
  '/contact',
  '/incident',
  '/incident/report',
  '/incident/thanks',
];

/**
 * Runs in the page, so it is text: the loader would add helpers the page does not have. What scrolls by itself may be
 * wider than the page, and what is only for screen readers stands outside.
 */
const findWide = `(() => {
  const shown = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (one !== document.body && ['auto', 'scroll', 'hidden', 'clip'].includes(style.overflowX)) return false;
      if (style.position === 'fixed' || one.classList.contains('ff-skip')) return false;
    }
    return true;
  };
  return [...document.body.querySelectorAll('*')]
    .filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width > 0 && (box.left < -1 || box.right > innerWidth + 1) && shown(element);
    })
    .map((element) => element.outerHTML.slice(0, 120));
})()`;

describe('the portal in other scripts', () => {
  let house: PortalHouse;
  let lab: SampleParty;
  before(async () => {
    house = await openPortalHouse();
    lab = await addSampleParty(house.ctx, await addSampleAction(house.ctx), { units: 2 });
  });
  after(async () => {
    await closeBrowser();
    await house.close();
  });

  const read = async (path: string): Promise<string> => (await house.get(`/p/${lab.token}${path}`)).text();

  it('says on the page which language it is in and which way it is written', async () => {
    for (const [language, direction] of [
      ['ar', 'rtl'],
      ['he', 'rtl'],
      ['el', 'ltr'],
      ['ja', 'ltr'],
      ['zh-Hant', 'ltr'],
    ] as const) {
      const page = await read(`/units?lang=${language}`);
      assert.match(page, new RegExp(`<html[^>]* lang="${language}"[^>]* dir="${direction}"`), language);
    }
  });

  it('says on each link to a language, and on a notice in another one, which language it is in', async () => {
    const page = await read('/notice?lang=he');
    assert.match(page, /<html[^>]* lang="he"/);
    assert.match(page, /<a [^>]*lang="ar"[^>]*>/);
    // The example has no Hebrew notice: what is shown instead says so, and is written its own way.
    assert.match(page, /<article class="ff-notice" lang="en" dir="ltr">/);
    assert.match(await read('/notice?lang=ar'), /<article class="ff-notice" lang="ar" dir="rtl">/);
  });

  it('keeps serial numbers, references and telephones in their order inside right-to-left text', async () => {
    const units = await read('/units?lang=ar');
    assert.match(units, /<(bdi|span|code)[^>]* dir="ltr"[^>]*>FSN2022-1230</);
    const notice = await read('/notice?lang=ar');
    assert.match(notice, /<bdi dir="ltr" class="ff-identifier">M-AMR-00496<\/bdi>/);
    // Arabic joins its word for “and” to what follows: never to an identifier.
    assert.doesNotMatch(notice, /وCVE/);
    assert.match(notice, /<bdi dir="ltr">\+1 555 0100<\/bdi>/);
  });

  it('isolates every gap of a right-to-left sentence, and none of the others', () => {
    const gaps = { product: 'NextSeq 550Dx', serial: 'NB-1', site: 'Lab', quantity: 1 };
    assert.equal(
      translator('ar')('portal.unit.serial', gaps),
      '\u2068NextSeq 550Dx\u2069، الرقم التسلسلي \u2068NB-1\u2069، \u2068Lab\u2069',
    );
    assert.match(translator('he')('portal.units.lede', { count: 1, party: 'Lab 1' }), /\u2068Lab 1\u2069/);
    assert.doesNotMatch(translator('el')('portal.unit.serial', gaps), /[\u2066-\u2069]/);
  });

  it('fits a telephone of 390 px in Arabic, Hebrew, Greek and Japanese', async () => {
    const origin = await house.listen();
    await withBrowser({ width: 390, javaScript: true }, async (page) => {
      for (const language of ['ar', 'he', 'el', 'ja']) {
        for (const path of pages) {
          await page.goto(`${origin}/p/${lab.token}${path}?lang=${language}`);
          const wide = await page.evaluate(findWide);
          assert.deepEqual(wide, [], `${language} ${path}`);
        }
      }
    });
  });
});
