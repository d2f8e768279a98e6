import { type PaperReason, paperReasonTitles } from '../../../app/paper-reasons.ts';
import { keepPaperFile } from '../../../app/paper-replies.ts';
import { countPaperReplies, type PaperReplyRow, paperReplyList } from '../../../app/queries/paper-replies.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { ButtonRow, LinkButton } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { freshForm, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { Tabs } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import type { Column } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { readUpload } from '../../upload.ts';
import { listPage } from '../list-page.tsx';
import { uploadPage } from '../upload-page.tsx';
import { wayWords } from './words.ts';

const columns: Column<PaperReplyRow>[] = [
  { key: 'name', title: 'File', sortable: true, rowHeader: true, cell: (row) => row.name },
  {
    key: 'party',
    title: 'Party',
    sortable: true,
    cell: (row) => (row.party_id ? <a href={`/parties/${row.party_id}`}>{row.party}</a> : 'not known'),
  },
  { key: 'reference', title: 'Action', sortable: true, cell: (row) => row.reference ?? 'not known' },
  { key: 'pages', title: 'Pages', sortable: true, align: 'number', cell: (row) => row.pages },
  { key: 'door', title: 'Read as', cell: (row) => (row.door === 'pdf' ? 'PDF' : 'Scan') },
  { key: 'state', title: 'State', cell: (row) => <StateBadge kind="paper" state={row.state} /> },
  {
    key: 'reasons',
    title: 'Why it waits',
    cell: (row) =>
      row.state === 'waiting'
        ? row.reasons.map((reason) => paperReasonTitles[reason as PaperReason]).join(', ')
        : (row.decided_by ?? ''),
  },
  { key: 'came_by', title: 'It came', cell: (row) => wayWords[row.came_by] ?? row.came_by },
  {
    key: 'received_at',
    title: 'Received',
    sortable: true,
    nowrap: true,
    cell: (row) => <Moment at={row.received_at} />,
  },
];

/** GET /replies/read: forms that came back; what waits for a person unless the URL says otherwise. */
export async function showPaperReplies(c: C): Promise<Response> {
  const { db } = c.get('ctx');
  const counts = await countPaperReplies(db);
  const asked = new URL(c.req.url).searchParams.get('state') ?? '';
  const any = counts.waiting + counts.taken + counts.aside > 0;
  const current = asked === '' ? 'waiting' : asked;
  return listPage(c, {
    list: paperReplyList,
    scope: undefined,
    ...(any ? { preset: { state: 'waiting' } } : {}),
    title: 'Forms that came back',
    lede:
      counts.unread > 0
        ? `${counts.unread} files are being read.`
        : 'Filled PDFs, scans and photos. A complete PDF is taken by itself; handwriting and doubtful boxes wait here.',
    crumbs: [{ href: '/postroom', label: 'Post room' }],
    actions: (
      <ButtonRow>
        <LinkButton href="/replies/read/new" tone="primary" icon="upload">
          Upload a form
        </LinkButton>
      </ButtonRow>
    ),
    above: (
      <>
        <Tabs
          label="Forms that came back"
          tabs={[
            { href: '/replies/read', label: 'Waiting', count: counts.waiting, current: current === 'waiting' },
            { href: '/replies/read?state=taken', label: 'Taken', count: counts.taken, current: current === 'taken' },
            {
              href: '/replies/read?state=aside',
              label: 'Put aside',
              count: counts.aside,
              current: current === 'aside',
            },
          ]}
        />
      </>
    ),
    caption: 'Forms that came back',
    columns,
    rowHref: (row) => `/replies/read/${row.id}`,
    search: 'File or party',
    filters: [
      {
        name: 'state',
        label: 'State',
        options: [
          { value: 'waiting', label: 'Waiting' },
          { value: 'taken', label: 'Taken' },
          { value: 'aside', label: 'Put aside' },
        ],
      },
      {
        name: 'door',
        label: 'Read as',
        options: [
          { value: 'pdf', label: 'PDF' },
          { value: 'scan', label: 'Scan' },
        ],
      },
    ],
    empty: {
      title: 'No form waits',
      text: 'They come as attachments of mails, through the portal, by the API, or are uploaded here.',
      action: <a href="/replies/read/new">Upload a form</a>,
    },
  });
}

const uploadWords = {
  title: 'Upload a form',
  lede: 'A filled PDF, a scan or a photo of one form or of several. Any way up, 150 dpi or more.',
  action: '/replies/read/new',
  list: { href: '/replies/read', label: 'Forms that came back' },
  hint: 'PDF, JPEG, PNG, TIFF or HEIC, up to 60 MB. The code in its corner says whose it is.',
  accept: '.pdf,.jpg,.jpeg,.png,.tif,.tiff,.heic,.heif,application/pdf,image/*',
};

/** GET /replies/read/new */
export async function showPaperUpload(c: C): Promise<Response> {
  return html(c, await uploadPage(c, freshForm(), uploadWords));
}

/** POST /replies/read/new: kept at once, read by a job. */
export async function postPaperUpload(c: C): Promise<Response> {
  const upload = await readUpload(c);
  if (!upload?.file) {
    const error = { field: 'file', message: 'Choose a PDF or a picture of the form.' };
    return html(c, await uploadPage(c, refusedForm({}, [error]), uploadWords), 422);
  }
  const kept = await keepPaperFile(c.get('ctx'), { ...upload.file, way: 'upload' });
  if (isRefusal(kept)) return html(c, await uploadPage(c, refusedForm({}, [refusalError(kept)]), uploadWords), 422);
  const text = kept.fresh
    ? `${upload.file.name} is kept and being read. Reload in a moment.`
    : `${upload.file.name} was uploaded before; nothing is there twice.`;
  setFlash(c, { tone: 'done', text });
  return seeOther(c, '/replies/read');
}
