/** The mail on a telephone and on a desk: never wider than its screen, and no number cut where it has room. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { sampleNotice, sampleNoticeFacts } from '../sample/notice/document.ts';
import { composeLetter } from '../src/domain/notice-mail.ts';
import { renderNotice } from '../src/domain/notice-render.ts';
import { closeBrowser, withBrowser } from './helpers/browser.ts';

after(closeBrowser);

const units = Array.from({ length: 6 }, (_, n) => ({
  product: 'Local Run Manager, standalone',
  serial: `NB55129${n}`,
  site: 'Laboratory 0421, Donaudampfschifffahrtsgesellschaft',
  environments: ['Dx', 'RUO'],
}));

function mailIn(language: string): string {
  const notice = renderNotice(sampleNotice, 'dx-recall', language, sampleNoticeFacts);
  const say = (key: string) => key.slice(key.lastIndexOf('.') + 1);
  return composeLetter([{ notice, say, languageName: language }], {
    name: 'Luca Voorbeeld',
    party: 'Labor 0421, Musterstadt',
    link: 'https://fieldfix.example/p/6kv9hdrvtpy59yzzsje0gnrgr2',
    contactLink: 'https://fieldfix.example/p/6kv9hdrvtpy59yzzsje0gnrgr2/contact',
    units,
    unitCount: units.length,
    helpline: { phone: '+1 555 0100', email: 'techsupport@example.example' },
  }).html;
}

describe('the mail of the example', () => {
  for (const width of [320, 390, 760]) {
    it(`fits a screen of ${width} pixels in every language`, async () => {
      await withBrowser({ width, javaScript: true }, async (page) => {
        for (const language of Object.keys(sampleNotice.texts)) {
          await page.setContent(mailIn(language));
          const seen = await page.evaluate(() => {
            const range = document.createRange();
            return {
              wide: document.documentElement.scrollWidth,
              head: [...document.querySelectorAll('.t .h')].map((row) => getComputedStyle(row).display),
              labels: [...document.querySelectorAll('.t .l')].map((label) => getComputedStyle(label).display),
              cut: [...document.querySelectorAll('bdi[dir=ltr]')]
                .filter((value) => {
                  range.selectNodeContents(value);
                  const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
                  return /^[\w.–+ -]{1,24}$/.test(value.textContent ?? '') && lines.size > 1;
                })
                .map((value) => value.textContent),
            };
          });
          assert.ok(seen.wide <= width, `${language}: ${seen.wide} pixels`);
          assert.deepEqual(seen.cut, [], language);
          const narrow = width < 521;
          assert.deepEqual(new Set(seen.head), new Set([narrow ? 'none' : 'table-row']));
          assert.deepEqual(new Set(seen.labels), new Set([narrow ? 'block' : 'none']));
        }
      });
    });
  }
});
