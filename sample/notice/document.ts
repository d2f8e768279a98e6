/** The notice of the example action: four audiences, several languages, one source. */
import { contentHash, type NoticeDocument, noticeDocumentSchema } from '../../src/domain/notice.ts';
import type { FactValue, NoticeFacts } from '../../src/domain/notice-facts.ts';
import { ar } from './ar.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import { it } from './it.ts';
import { ja } from './ja.ts';

export const sampleNotice: NoticeDocument = noticeDocumentSchema.parse({
  layout: 'letter',
  sourceLanguage: 'en',
  dates: 'language',
  variants: {
    'dx-recall': {
      sections: [
        'letterhead',
        'salutation',
        'in-short',
        'products',
        'problem',
        'actions-connected',
        'actions-not-connected',
        'side-effects',
        'results',
        'compromise',
        'adverse-events',
        'reply',
        'follow-up',
        'transmission',
        'action-types',
        'authority-informed',
        'contact',
        'signature',
      ],
    },
    'ruo-quality': {
      sections: [
        'letterhead',
        'salutation',
        'in-short',
        'products',
        'problem',
        'actions-connected',
        'actions-not-connected',
        'side-effects',
        'compromise',
        'reply',
        'follow-up',
        'transmission',
        'contact',
        'signature',
      ],
      overrides: {
        title: 'title-ruo',
        subtitle: 'subtitle-ruo',
        subject: 'subject-ruo',
        products: 'products-ruo',
        problem: 'problem-ruo',
      },
    },
    distributor: {
      sections: [
        'letterhead',
        'salutation',
        'in-short',
        'products',
        'problem',
        'distributor-duties',
        'actions-connected',
        'actions-not-connected',
        'side-effects',
        'results',
        'compromise',
        'adverse-events',
        'reply',
        'follow-up',
        'transmission',
        'action-types',
        'authority-informed',
        'contact',
        'signature',
      ],
      overrides: {
        subject: 'subject-distributor',
        salutation: 'salutation-distributor',
        'in-short': 'in-short-distributor',
      },
    },
    authority: {
      sections: [
        'letterhead',
        'salutation',
        'in-short',
        'products',
        'problem',
        'actions-connected',
        'actions-not-connected',
        'side-effects',
        'results',
        'compromise',
        'adverse-events',
        'reply',
        'follow-up',
        'transmission',
        'action-types',
        'authority-informed',
        'contact',
        'signature',
      ],
      overrides: { subject: 'subject-authority', salutation: 'salutation-authority' },
    },
  },
  texts: { en, de, it, fr, es, ja, ar },
});

export const sampleNoticeHash: string = contentHash(sampleNotice);

/**
 * What the placeholders say. Products, identifiers and figures are public facts of the real action; addresses, numbers
 * and people are invented and cannot be reached.
 */
export const sampleNoticeFacts: NoticeFacts = {
  values: {
    'action.reference': 'FSN2022-1230',
    'action.fsca': 'FSCA2022-1230',
    'action.date': '2022-05-04',
    'notice.number': 'M-AMR-00496',
    'notice.revision': 1,
    'manufacturer.name': 'Illumina, Inc.',
    'manufacturer.address': '1 Sample Way, San Diego, CA 92122, USA',
    'manufacturer.srn': 'US-MF-000000000',
    'manufacturer.website': 'https://www.illumina.example',
    'representative.name': 'Sample Representative B.V.',
    'representative.address': 'Voorbeeldstraat 1, 5600 AA Eindhoven, NL',
    'representative.srn': 'NL-AR-000000000',
    'representative.email': 'representative@illumina.example',
    'representative.phone': '+31 40 555 0100',
    'deadline.reply-days': 5,
    'deadline.follow-up': '2022-12-31',
    'contact.phone': '+1 555 0100',
    'contact.hours': {
      en: 'day and night, every day',
      de: 'Tag und Nacht, an jedem Tag',
      it: 'giorno e notte, tutti i giorni',
      fr: 'jour et nuit, tous les jours',
      es: 'día y noche, todos los días',
      ja: '年中無休、24 時間対応',
      ar: 'ليلًا ونهارًا، طوال أيام الأسبوع',
    },
    'contact.email': 'techsupport@illumina.example',
    'contact.corrections': 'customernotifications@illumina.example',
    'incident.phone': '+1 555 0199',
    'adverse-event.link': 'https://www.fda.gov/medwatch',
  },
  groups: {
    product: [
      {
        name: 'NextSeq 550Dx',
        kind: {
          en: 'sequencing instrument',
          de: 'Sequenziergerät',
          it: 'strumento di sequenziamento',
          fr: 'appareil de séquençage',
          es: 'equipo de secuenciación',
          ja: 'シーケンサー',
          ar: 'جهاز تسلسل جيني',
        },
        'udi-di': ['00816270020125'],
        catalogue: ['20005715'],
        software: 'LRM 1.3–3.1',
        environments: 'Dx, RUO',
      },
      {
        name: 'MiSeqDx',
        kind: {
          en: 'sequencing instrument',
          de: 'Sequenziergerät',
          it: 'strumento di sequenziamento',
          fr: 'appareil de séquençage',
          es: 'equipo de secuenciación',
          ja: 'シーケンサー',
          ar: 'جهاز تسلسل جيني',
        },
        'udi-di': ['00816270020002', '00816270020699'],
        catalogue: ['DX-410-1001', '15036706', '20014053'],
        software: 'LRM 1.3–3.1',
        environments: 'Dx, RUO',
      },
    ],
    cve: [
      { id: 'CVE-2022-1517', score: '10.0', versions: 'LRM 1.3–3.1' },
      { id: 'CVE-2022-1518', score: '10.0', versions: 'LRM 1.3–3.1' },
      { id: 'CVE-2022-1519', score: '10.0', versions: 'LRM 1.3–3.1' },
      { id: 'CVE-2022-1521', score: '9.1', versions: 'LRM 1.3–3.1' },
      { id: 'CVE-2022-1524', score: '7.4', versions: 'LRM 1.3–2.4' },
    ],
    package: [
      {
        name: 'LRM Software Patch 1.0',
        file: 'LocalRunManagerSecurityPatch.msi',
        version: '1.0',
        sha256: '595b724f1c5b4bac446001400b38b748b4ef05520b5489ea4711a2a4289e721a',
      },
    ],
    signer: [
      {
        name: 'Quinta Musterfrau',
        title: {
          en: 'Vice President, Quality',
          de: 'Leiterin Qualität',
          it: 'Vicepresidente Qualità',
          fr: 'Vice-présidente Qualité',
          es: 'Vicepresidenta de Calidad',
          ja: '品質担当バイスプレジデント',
          ar: 'نائب الرئيس لشؤون الجودة',
        },
      },
      {
        name: 'Reginald Mustermann',
        title: {
          en: 'Vice President, Regulatory Affairs',
          de: 'Leiter Zulassung und Regulierung',
          it: 'Vicepresidente Affari regolatori',
          fr: 'Vice-président Affaires réglementaires',
          es: 'Vicepresidente de Asuntos Regulatorios',
          ja: '薬事担当バイスプレジデント',
          ar: 'نائب الرئيس للشؤون التنظيمية',
        },
      },
    ],
  },
};

/**
 * What is typed for the example on the action's page: facts by their full name, signers as `signer.1.name`. The rest
 * follows from its products, vulnerabilities, packages and notice.
 */
export const sampleActionFacts: Record<string, FactValue> = Object.fromEntries([
  ...Object.entries(sampleNoticeFacts.values).filter(
    ([name]) => name !== 'action.reference' && !name.startsWith('notice.'),
  ),
  ...(sampleNoticeFacts.groups.signer ?? []).flatMap((signer, index) => [
    [`signer.${index + 1}.name`, signer.name],
    [`signer.${index + 1}.title`, signer.title],
  ]),
]);
