import { type Check, distinctTexts } from './check.ts';

/** Every link that leads into our own house opens something; links elsewhere are not followed, only their form is read. */
export const linksAlive: Check = {
  rule: 'links-alive',
  citation: 'House rule: every link alive in-house',
  severity: 'blocking',
  text: '{address} {fault}. {mend}',
  find: ({ document, links = [] }) =>
    distinctTexts(document).flatMap(({ source, where }) =>
      links
        .filter(({ address }) => source.includes(address))
        .map(({ address, fault, mend }) => ({ where, params: { address, fault, mend } })),
    ),
};
