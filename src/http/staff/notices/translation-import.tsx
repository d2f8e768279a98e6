/** A translated file that came back: what each text would become, side by side, and what speaks against it. */
import type { VNode } from 'preact';
import { loadTranslationImport, type TranslationImportDetail } from '../../../app/queries/translations.ts';
import { applyTranslation, applyTranslationInput, discardTranslation } from '../../../app/translations.ts';
import { noticeDocumentSchema } from '../../../domain/notice.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { countVerdicts, type TextReport } from '../../../domain/translation-report.ts';
import { placeOfText } from '../../../domain/xliff-export.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError, statusOf } from '../../refusal.tsx';
import { languageName } from '../../translate.ts';
import { ButtonRow, Checkbox, Form, SubmitButton } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage, type NextStep } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Identifier, KeyValue } from '../../ui/parts.tsx';
import { Figure, Figures, StateBadge } from '../../ui/state.tsx';
import { Moment } from '../../ui/time.tsx';
import { shellOf } from '../shell.ts';
import { count, languagePath, noticeCrumbs } from './languages.tsx';
import { TextReportCard } from './translation-text.tsx';

async function withImport(c: C, page: (detail: TranslationImportDetail) => Promise<Response>): Promise<Response> {
  const id = idParam(c, 'id');
  const detail = id === undefined ? undefined : await loadTranslationImport(c.get('ctx').db, id);
  return detail
    ? page(detail)
    : answerRefusal(c, refuse('translation.unknown', { id: c.req.param('id') ?? '' }), '/actions');
}

/** GET /translations/:id */
export async function showTranslation(c: C): Promise<Response> {
  return withImport(c, async (detail) => html(c, await importPage(c, detail, freshForm())));
}

async function importPage(c: C, detail: TranslationImportDetail, form: FormState): Promise<VNode> {
  const { db, actor } = c.get('ctx');
  const action = await db.selectFrom('action').selectAll().where('id', '=', detail.actionId).executeTakeFirstOrThrow();
  const notice = await db
    .selectFrom('notice')
    .select(['document', 'number', 'version'])
    .where('id', '=', detail.noticeId)
    .executeTakeFirstOrThrow();
  const document = noticeDocumentSchema.parse(notice.document);
  const { report } = detail;
  const counts = countVerdicts(report);
  const language = languageName(detail.language, 'en');
  const back = languagePath(detail.noticeId, detail.language);
  const mayApply = detail.state === 'checked' && allows(actor, 'notice.edit');
  const order = { refused: 0, change: 1, absent: 2, same: 3 } as const;
  const texts = [...report.texts].sort(
    (a, b) => order[a.verdict] - order[b.verdict] || b.findings.length - a.findings.length,
  );
  const noted = (text: TextReport) => text.findings.some((finding) => finding.code === 'noted');
  const shown = texts.filter((text) => text.verdict === 'refused' || text.verdict === 'change' || noted(text));
  return (
    <DeskPage
      shell={await shellOf(c)}
      styles={['translation.css']}
      title={`${language}: what came back`}
      lede={<bdi>{detail.file}</bdi>}
      crumbs={[...noticeCrumbs(action), { href: back, label: language }]}
      state={<StateBadge kind="import" state={detail.state} />}
      errors={form.errors}
      next={nextSteps(detail, counts)}
    >
      <Figures>
        <Figure value={counts.change} label="texts change" tone={counts.change > 0 ? 'blue' : undefined} />
        <Figure value={counts.look} label="of them need a look" tone={counts.look > 0 ? 'amber' : undefined} />
        <Figure value={counts.refused} label="are refused" tone={counts.refused > 0 ? 'red' : undefined} />
        <Figure value={counts.same} label="stay as they are" />
        <Figure value={counts.absent} label="are not in the file" tone={counts.absent > 0 ? 'amber' : undefined} />
      </Figures>
      <FileFindings detail={detail} />
      <Form action={`/translations/${detail.id}/apply`}>
        {shown.map((text) => (
          <TextReportCard
            key={text.name}
            text={text}
            title={placeOfText(text.name, document).title}
            source={document.texts[document.sourceLanguage]?.[text.name] ?? ''}
            languages={{ source: document.sourceLanguage, target: detail.language }}
            choose={mayApply && text.verdict === 'change'}
            form={form}
          />
        ))}
        {mayApply && counts.change > 0 ? (
          <Card title="Take the texts">
            <p>
              The texts ticked above become the notice’s {language}. Approvals given on the notice, and the sign-off of{' '}
              {language}, fall as with any edit.
            </p>
            {counts.look > 0 || report.looksLike !== '' ? (
              <Checkbox
                form={form}
                name="looked"
                label="I have looked at what needs a look, and it is right."
                required
              />
            ) : null}
            <ButtonRow>
              <SubmitButton tone="primary">Take these texts</SubmitButton>
            </ButtonRow>
          </Card>
        ) : null}
      </Form>
      <NotShown texts={texts} />
      <AboutFile detail={detail} number={`${notice.number}, version ${notice.version}`} />
      {mayApply ? (
        <Form action={`/translations/${detail.id}/discard`}>
          <SubmitButton tone="secondary">Put the file away</SubmitButton>
        </Form>
      ) : null}
    </DeskPage>
  );
}

function nextSteps(detail: TranslationImportDetail, counts: ReturnType<typeof countVerdicts>): NextStep[] {
  const back = { href: languagePath(detail.noticeId, detail.language), label: languageName(detail.language, 'en') };
  if (detail.state === 'applied')
    return [{ text: `Taken: ${count(detail.taken.length, 'text')}. Have the language read and signed off.`, ...back }];
  if (detail.state === 'discarded') return [{ text: 'This file was put away; nothing was taken from it.', ...back }];
  if (counts.change === 0 && counts.refused === 0) return [{ text: 'The file changes nothing.', ...back }];
  if (counts.change === 0)
    return [{ text: 'No text can be taken. Send the findings below to the translator.', tone: 'attention' }];
  return [{ text: 'Read what changes, then take the texts at the end of the page.' }];
}

function FileFindings({ detail }: { detail: TranslationImportDetail }): VNode {
  const { report } = detail;
  const language = languageName(detail.language, 'en');
  return (
    <>
      {detail.outdated ? (
        <Alert tone="attention" title="The notice has changed since this report was made">
          Taking texts makes the report anew first; nothing is written over.
        </Alert>
      ) : null}
      {report.looksLike !== '' ? (
        <Alert
          tone="attention"
          title={
            report.looksLike === 'und'
              ? `The words are not written in the script of ${language}`
              : `The words look like ${languageName(report.looksLike, 'en')}, not ${language}`
          }
        >
          Look whether the right file was uploaded.
        </Alert>
      ) : null}
      {report.current ? null : (
        <Alert tone="note" title="The file was made from an earlier source">
          What has changed there since is marked below; the rest can be taken.
        </Alert>
      )}
      {report.unknownCount > 0 ? (
        <Alert
          tone="attention"
          title={`${count(report.unknownCount, 'text')} in the file ${report.unknownCount === 1 ? 'is' : 'are'} none of this notice`}
        >
          Left out: <Identifier>{report.unknown.join(', ')}</Identifier>
          {report.unknownCount > report.unknown.length ? ' …' : ''}
        </Alert>
      ) : null}
    </>
  );
}

/** Texts that need no card: one line each. */
function NotShown({ texts }: { texts: TranslationImportDetail['report']['texts'] }): VNode | null {
  const absent = texts.filter((text) => text.verdict === 'absent').map((text) => text.name);
  const same = texts.filter((text) => text.verdict === 'same').map((text) => text.name);
  if (absent.length + same.length === 0) return null;
  return (
    <Card title="The other texts">
      <KeyValue
        rows={[
          absent.length > 0 && { label: 'Not in the file', value: <Identifier>{absent.join(', ')}</Identifier> },
          same.length > 0 && { label: 'As they are', value: <Identifier>{same.join(', ')}</Identifier> },
        ]}
      />
    </Card>
  );
}

function AboutFile({ detail, number }: { detail: TranslationImportDetail; number: string }): VNode {
  return (
    <Card title="About the file">
      <KeyValue
        rows={[
          { label: 'File', value: <bdi>{detail.file}</bdi>, href: `/translations/${detail.id}/file` },
          { label: 'SHA-256', value: <Identifier>{detail.sha256}</Identifier> },
          { label: 'For', value: number },
          { label: 'Uploaded', value: <Moment at={detail.createdAt} /> },
          { label: 'By', value: <bdi>{detail.madeBy}</bdi> },
          detail.endedAt !== null && {
            label: detail.state === 'applied' ? 'Taken' : 'Put away',
            value: (
              <>
                <Moment at={detail.endedAt} />, <bdi>{detail.endedBy}</bdi>
              </>
            ),
          },
        ]}
      />
    </Card>
  );
}

/** POST /translations/:id/apply */
export async function postTake(c: C): Promise<Response> {
  return withImport(c, async (detail) => {
    const body = await readForm(c);
    const input = applyTranslationInput.parse({
      texts: Object.keys(body).flatMap((field) => (field.startsWith('take.') ? field.slice(5, 65) : [])),
      looked: fieldText(body, 'looked') === 'yes',
    });
    const result = await applyTranslation(c.get('ctx'), detail.id, input);
    if (isRefusal(result)) {
      // After a refusal the report may be a new one.
      const now = (await loadTranslationImport(c.get('ctx').db, detail.id)) ?? detail;
      return html(c, await importPage(c, now, refusedForm(body, [refusalError(result)])), statusOf(result));
    }
    const fell = result.voided > 0 ? ` ${result.voided} approvals given on the old text are void.` : '';
    setFlash(c, {
      tone: result.voided > 0 ? 'attention' : 'done',
      text: `${count(result.taken, 'text')} taken.${fell}`,
    });
    return seeOther(c, languagePath(detail.noticeId, detail.language));
  });
}

/** POST /translations/:id/discard */
export async function postPutAway(c: C): Promise<Response> {
  return withImport(c, async (detail) => {
    const result = await discardTranslation(c.get('ctx'), detail.id);
    setFlash(
      c,
      isRefusal(result)
        ? { tone: 'attention', text: refusalError(result).message }
        : { tone: 'done', text: 'The file is put away; nothing was taken from it.' },
    );
    return seeOther(c, languagePath(detail.noticeId, detail.language));
  });
}
