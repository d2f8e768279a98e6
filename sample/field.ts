import { COUNTRIES, DISTRIBUTORS } from './countries.ts';
import { type Random, seededRandom } from './random.ts';

/**
 * The field of the example: who has which instruments. Products, identifiers and figures are the public facts of the real
 * action (799 NextSeq 550Dx, 1,014 MiSeqDx, 54 countries); every customer is invented and obviously so.
 */
export interface SampleField {
  products: string[][];
  parties: string[][];
  sites: string[][];
  contacts: string[][];
  units: string[][];
}

const COUNTS = { nextseq: 799, miseq: 1_014 };

const PRODUCTS: string[][] = [
  ['Code', 'Name', 'Kind', 'UDI-DI', 'Catalogue numbers', 'Pairs', 'Environments', 'Description'],
  [
    'NEXTSEQ-550DX',
    'NextSeq 550Dx',
    'instrument',
    '00816270020125',
    '20005715',
    '00816270020125:20005715',
    'Dx, RUO',
    'Sequencer that boots into a diagnostic and a research mode.',
  ],
  [
    'MISEQDX',
    'MiSeqDx',
    'instrument',
    '00816270020002, 00816270020699',
    'DX-410-1001, 15036706, 20014053',
    '00816270020002:DX-410-1001, 00816270020002:15036706, 00816270020699:20014053',
    'Dx, RUO',
    'Sequencer that boots into a diagnostic and a research mode.',
  ],
  [
    'LRM-STANDALONE',
    'Local Run Manager, standalone',
    'software',
    '',
    'LRM-SA',
    '',
    'RUO',
    'Analysis software on a computer of its own, without an instrument.',
  ],
  [
    'BENCH-READER',
    'Bench reader',
    'instrument',
    '',
    'BR-100',
    '',
    'Default',
    'An instrument without Local Run Manager: not affected.',
  ],
];

const VERSIONS = ['1.3', '2.0', '2.1', '2.4', '2.4', '3.0', '3.1', '3.1'] as const;

/** Makes the files as an ERP system would export them. The same seed gives the same field. */
export function makeSampleField(seed = 1230): SampleField {
  const random = seededRandom(seed);
  const parties = [
    ['Customer number', 'Name', 'Type', 'Country', 'Street', 'Postcode', 'City', 'Phone', 'Distributor'],
  ];
  const sites = [['Site number', 'Customer number', 'Site name', 'Country', 'Street', 'Postcode', 'City']];
  const contacts = [['Customer number', 'Contact', 'Title', 'Role', 'Languages', 'E-mail', 'Phone', 'Channel']];
  const units = [
    [
      'Material',
      'Serial No.',
      'Instance',
      'Site number',
      'Delivery date',
      'Connected',
      'Software Dx',
      'Software RUO',
      'Software Default',
    ],
  ];
  const served = new Map(
    DISTRIBUTORS.flatMap(([ref, , , , countries]) => countries.map((code) => [code, ref] as const)),
  );

  for (const [ref, name, country, languages] of DISTRIBUTORS) {
    const town = COUNTRIES.find(([code]) => code === country)?.[3] ?? '';
    parties.push([
      ref,
      name,
      'Distributor',
      country,
      `${random.between(1, 90)} Sample Road`,
      '',
      town,
      '+00 000 0000',
      '',
    ]);
    sites.push([`${ref}-1`, ref, `${name}, warehouse`, country, '', '', town]);
    contacts.push([
      ref,
      `Recall desk of ${name}`,
      'Quality',
      'recall',
      languages,
      `recall@${domainOf(ref)}`,
      '+00 000 0000',
      'email',
    ]);
  }

  const instruments = spread(random.fork('instruments'));
  let party = 0;
  let serialNextseq = 550_100;
  let serialMiseq = 10_100;
  let instance = 0;
  for (const [code, , languages, town, laboratory] of COUNTRIES) {
    const here = random.fork(code);
    const left = { ...(instruments.get(code) ?? { nextseq: 0, miseq: 0 }) };
    while (left.nextseq + left.miseq > 0) {
      party += 1;
      const number = String(party).padStart(4, '0');
      const ref = `C-${number}`;
      const name = `${laboratory} ${number}, ${town}`;
      parties.push([
        ref,
        name,
        'Customer',
        code,
        `${here.between(1, 120)} Sample Road`,
        String(here.between(10_000, 99_999)),
        town,
        `+00 ${here.between(100, 999)} ${here.between(1000, 9999)}`,
        served.get(code) ?? '',
      ]);
      const siteCount = here.chance(0.15) ? 2 : 1;
      for (let site = 1; site <= siteCount; site++) {
        sites.push([
          `${ref}-${site}`,
          ref,
          site === 1 ? name : `${name}, second building`,
          code,
          `${here.between(1, 120)} Sample Road`,
          '',
          town,
        ]);
      }
      pushContacts(contacts, here, ref, number, languages);
      const size = here.pick([1, 1, 1, 2, 2, 2, 3, 4, 6, 9]);
      for (let index = 0; index < size && left.nextseq + left.miseq > 0; index++) {
        const nextseq =
          left.miseq === 0 || (left.nextseq > 0 && here.chance(left.nextseq / (left.nextseq + left.miseq)));
        left[nextseq ? 'nextseq' : 'miseq'] -= 1;
        if (nextseq) serialNextseq += here.between(1, 3);
        else serialMiseq += here.between(1, 4);
        const serial = nextseq ? `NB${serialNextseq}` : `M${serialMiseq}`;
        const version = here.pick(VERSIONS);
        units.push([
          nextseq ? '20005715' : here.pick(['DX-410-1001', '15036706', '20014053']),
          serial,
          '',
          `${ref}-${here.between(1, siteCount)}`,
          shippedOn(here),
          here.pick(['yes', 'yes', 'yes', 'no', '']),
          version,
          here.chance(0.8) ? version : here.pick(VERSIONS),
          '',
        ]);
      }
      // One laboratory in seven analyses its runs on a computer of its own.
      if (here.chance(1 / 7)) {
        instance += 1;
        units.push([
          'LRM-SA',
          '',
          `LRM-PC-${String(instance).padStart(3, '0')}`,
          `${ref}-1`,
          '',
          here.pick(['yes', 'no']),
          '',
          here.pick(VERSIONS),
          '',
        ]);
      }
      // Not affected, so that the scope has something to leave out: a corrected software version, another product.
      if (here.chance(0.04)) {
        serialNextseq += 1;
        units.push(['20005715', `NB${serialNextseq}`, '', `${ref}-1`, '15MAR2022', 'yes', '4.0', '4.0', '']);
      }
      if (here.chance(0.03))
        units.push([
          'BR-100',
          `BR${here.between(10_000, 99_999)}${number}`,
          '',
          `${ref}-1`,
          shippedOn(here),
          'no',
          '',
          '',
          '1.0',
        ]);
    }
  }
  return { products: PRODUCTS, parties, sites, contacts, units };
}

/** Shares out exactly 799 and 1,014 instruments by weight, at least one of any kind to each country. */
function spread(random: Random): Map<string, { nextseq: number; miseq: number }> {
  const total = COUNTRIES.reduce((sum, [, weight]) => sum + weight, 0);
  const shares = new Map(
    COUNTRIES.map(([code, weight]) => [
      code,
      {
        nextseq: Math.floor((COUNTS.nextseq * weight) / total),
        miseq: Math.max(1, Math.floor((COUNTS.miseq * weight) / total)),
      },
    ]),
  );
  for (const kind of ['nextseq', 'miseq'] as const) {
    let rest = COUNTS[kind] - [...shares.values()].reduce((sum, share) => sum + share[kind], 0);
    while (rest !== 0) {
      const share = shares.get(random.pick(COUNTRIES)[0]);
      if (!share || (rest < 0 && share[kind] <= 1)) continue;
      share[kind] += Math.sign(rest);
      rest -= Math.sign(rest);
    }
  }
  return shares;
}

const FIRST = [
  'Alex',
  'Kim',
  'Robin',
  'Sam',
  'Noa',
  'Charlie',
  'Toni',
  'Sascha',
  'Dominique',
  'Andrea',
  'Luca',
  'Jo',
] as const;
const LAST = [
  'Muster',
  'Sample',
  'Esempio',
  'Exemple',
  'Ejemplo',
  'Beispiel',
  'Voorbeeld',
  'Exempel',
  'Przykład',
  'Példa',
] as const;

/** Invented people at `.example` domains, which nobody can own. A few have no address: they must be telephoned. */
function pushContacts(contacts: string[][], random: Random, ref: string, number: string, languages: string): void {
  const person = () => `${random.pick(FIRST)} ${random.pick(LAST)}`;
  const domain = domainOf(number);
  const phone = `+00 ${random.between(100, 999)} ${random.between(1000, 9999)}`;
  if (random.chance(0.02)) return;
  const reachable = !random.chance(0.03);
  contacts.push([
    ref,
    person(),
    'Head of laboratory',
    'recall',
    languages,
    reachable ? `recall@${domain}` : '',
    phone,
    'email',
  ]);
  if (random.chance(0.45))
    contacts.push([
      ref,
      person(),
      'IT security',
      'it',
      random.chance(0.5) ? 'en' : languages,
      `it@${domain}`,
      phone,
      'email',
    ]);
  if (random.chance(0.03)) contacts.push([ref, person(), 'Purchasing', 'purchasing', languages, '', phone, 'post']);
}

function domainOf(number: string): string {
  return number.startsWith('D-') ? `distributor-${number.slice(2)}.example` : `lab-${number}.example`;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

function shippedOn(random: Random): string {
  return `${String(random.between(1, 28)).padStart(2, '0')}${MONTHS[random.between(0, 11)]}${random.between(2015, 2021)}`;
}
