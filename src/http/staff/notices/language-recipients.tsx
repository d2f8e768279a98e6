import { type LanguageRecipientRow, languageRecipientList } from '../../../app/queries/language-recipients.ts';
import { audienceNames } from '../../../domain/notice-words.ts';
import type { C } from '../../context.ts';
import { countryName, languageName } from '../../translate.ts';
import type { Column } from '../../ui/table.tsx';
import { channelWords } from '../delivery/words.ts';
import { listPage } from '../list-page.tsx';
import { withLanguage } from './language.tsx';
import { noticeCrumbs } from './languages.tsx';

const columns: Column<LanguageRecipientRow>[] = [
  { key: 'party', title: 'Party', cell: (row) => row.party, sortable: true, rowHeader: true },
  { key: 'contact', title: 'Contact', cell: (row) => row.contact, sortable: true },
  { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en'), sortable: true },
  {
    key: 'languages',
    title: 'Reads',
    cell: (row) => (row.languages === '' ? 'not said' : row.languages.split(', ').map(inEnglish).join(', ')),
  },
  { key: 'audience', title: 'Told by', cell: (row) => audienceNames[row.audience], sortable: true },
  { key: 'channel', title: 'Reached by', cell: (row) => channelWords[row.channel], sortable: true },
];

const inEnglish = (language: string): string => languageName(language, 'en');

/** GET /notices/:id/languages/:language/recipients: the contacts behind the figure of a language. */
export async function showLanguageRecipients(c: C): Promise<Response> {
  return withLanguage(c, async ({ table, action, row }) => {
    const needing = table.groups.filter((group) => group.needs.includes(row.language));
    const name = inEnglish(row.language);
    const languages = `/notices/${table.noticeId}/languages`;
    return listPage(c, {
      list: languageRecipientList,
      scope: { ...table.audience, groups: needing },
      title: `Recipients in ${name}`,
      lede: `Contacts who get ${table.number}, version ${table.version}, in ${name}, or would if it were written.`,
      crumbs: [
        ...noticeCrumbs(action),
        { href: languages, label: 'Languages' },
        { href: `${languages}/${row.language}`, label: name },
      ],
      caption: `Recipients of ${table.number} in ${name}`,
      columns,
      rowHref: (one) => `/parties/${one.party_id}`,
      search: 'Party or contact',
      filters: [
        {
          name: 'country',
          label: 'Country',
          options: [...new Set(needing.map((group) => group.country))]
            .map((country) => ({ value: country, label: countryName(country, 'en') }))
            .sort((a, b) => a.label.localeCompare(b.label)),
        },
        {
          name: 'audience',
          label: 'Told by',
          options: [...new Set(needing.map((group) => group.audience))].map((audience) => ({
            value: audience,
            label: audienceNames[audience],
          })),
        },
      ],
      empty: { title: 'Nobody needs this language', text: 'No contact of this action reads it or has to get it.' },
    });
  });
}
