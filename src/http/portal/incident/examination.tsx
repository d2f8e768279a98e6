/** A suspected break-in after it was reported: what is known, the steps of the examination, files, what has happened. */
import type { VNode } from 'preact';
import { loadGuide } from '../../../app/examination-guides.ts';
import { examineIncident, examineInput } from '../../../app/incident-entries.ts';
import { keepEvidence } from '../../../app/incident-evidence.ts';
import { type IncidentEntry, lastAnswers, loadOwnIncident, type OwnIncident } from '../../../app/queries/incidents.ts';
import { type AskedStep, askSteps, findings } from '../../../domain/examination.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { refusalText } from '../../refusal.tsx';
import type { Translate } from '../../translate.ts';
import { RadioGroup } from '../../ui/choice.tsx';
import { FileInput, Form, SubmitButton, TextArea } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { Identifier } from '../../ui/parts.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { Timeline, type TimelineEntry } from '../../ui/time.tsx';
import { readUpload } from '../../upload.ts';
import { type Portal, portalPage } from '../gate.tsx';
import { fileSize } from '../patch/words.tsx';

/** The incident of the path, where it is this reader's party's; else back to the first page of the emergency. */
function withIncident(page: (portal: Portal, incident: OwnIncident) => Promise<Response>) {
  return portalPage({}, async (portal) => {
    const { c, ctx, data, base } = portal;
    const id = idParam(c, 'incident');
    const incident =
      id === undefined
        ? undefined
        : await loadOwnIncident(ctx.db, { id, actionId: data.action.id, partyId: data.party.id });
    return incident ? page(portal, incident) : seeOther(c, `${base}/incident`);
  });
}

/** GET /p/:token/incident/:incident */
export const showExamination = withIncident((portal, incident) => answerPage(portal, incident, undefined, freshForm()));

/** POST /p/:token/incident/:incident: what was found. */
export const sendExamination = withIncident(async (portal, incident) => {
  const { c, ctx, t, base } = portal;
  const body = await readForm(c);
  const steps = await stepsOf(portal);
  const input = examineInput.safeParse({
    language: t.language,
    answers: steps
      .filter((step) => fieldText(body, `finding.${step.key}`) !== '')
      .map((step) => ({
        step: step.key,
        finding: fieldText(body, `finding.${step.key}`),
        words: fieldText(body, `words.${step.key}`),
      })),
  });
  const orphan = steps.find(
    (step) => fieldText(body, `finding.${step.key}`) === '' && fieldText(body, `words.${step.key}`).trim() !== '',
  );
  if (orphan || !input.success) {
    const field = `finding.${orphan?.key ?? steps[0]?.key ?? ''}`;
    const form = refusedForm(body, [{ field, message: t('portal.exam.choose') }]);
    return answerPage(portal, incident, form, freshForm());
  }
  const done = await examineIncident(ctx, incident.id, input.data);
  if (isRefusal(done)) return answerPage(portal, incident, refused(body, done, t), freshForm());
  setFlash(c, { tone: 'done', text: t('portal.exam.saved') });
  return seeOther(c, `${base}/incident/${incident.id}`);
});

/** POST /p/:token/incident/:incident/file */
export const sendEvidence = withIncident(async (portal, incident) => {
  const { c, ctx, t, base } = portal;
  const again = (message: string) =>
    answerPage(portal, incident, undefined, refusedForm({}, [{ field: 'file', message }]));
  const upload = await readUpload(c);
  if (!upload?.file) return again(t('portal.exam.file-none'));
  const words = upload.fields['file-words'] ?? '';
  let file: typeof upload.file | undefined = upload.file;
  let count = 0;
  while (file) {
    const kept = await keepEvidence(ctx, incident.id, { ...file, words });
    if (isRefusal(kept)) return again(refusalText(kept, t.language));
    count++;
    file = await upload.next();
  }
  setFlash(c, { tone: 'done', text: t('portal.exam.file-sent', { count }) });
  return seeOther(c, `${base}/incident/${incident.id}`);
});

const refused = (body: Parameters<typeof refusedForm>[0], refusal: Refusal, t: Translate): FormState =>
  refusedForm(body, [{ field: '', message: refusalText(refusal, t.language) }]);

async function stepsOf({ ctx, data, t }: Portal): Promise<AskedStep[]> {
  return askSteps(await loadGuide(ctx.db, data.action.id), t.language, t);
}

async function answerPage(
  portal: Portal,
  incident: OwnIncident,
  form: FormState | undefined,
  fileForm: FormState,
): Promise<Response> {
  const steps = await stepsOf(portal);
  const refusedBefore = (form?.errors.length ?? 0) + fileForm.errors.length > 0;
  return html(
    portal.c,
    <ExaminationPage portal={portal} incident={incident} steps={steps} form={form} fileForm={fileForm} />,
    refusedBefore ? 422 : 200,
  );
}

function ExaminationPage(props: {
  portal: Portal;
  incident: OwnIncident;
  steps: readonly AskedStep[];
  form: FormState | undefined;
  fileForm: FormState;
}): VNode {
  const { portal, incident, steps, fileForm } = props;
  const { t, shell, base } = portal;
  const said = lastAnswers(incident.entries);
  const form = props.form ?? freshForm(answersAsFields(said));
  const here = `${base}/incident/${incident.id}`;
  const closed = incident.state === 'closed';
  return (
    <PortalPage
      shell={shell}
      title={t('portal.exam.title')}
      lede={unitName(incident, t)}
      back={{ href: `${base}/incident` }}
      errors={[...form.errors, ...fileForm.errors]}
    >
      <p class="ff-exam-state">
        <strong>{t(`portal.exam.state.${incident.state}`)}</strong>
      </p>
      {closed || incident.state === 'cleared' ? null : (
        <ul>
          <li>{t('portal.incident.keep-unplugged')}</li>
          <li>{t('portal.incident.keep-evidence')}</li>
          <li>{t('portal.incident.patients')}</li>
        </ul>
      )}
      {closed ? null : (
        <>
          <h2>{t('portal.exam.steps')}</h2>
          <p>{t('portal.exam.steps-lede')}</p>
          <Form action={here}>
            {steps.map((step, place) => (
              <section
                class="ff-exam-step"
                key={step.key}
                lang={step.language === t.language ? undefined : step.language}
              >
                <RadioGroup
                  form={form}
                  name={`finding.${step.key}`}
                  label={`${place + 1}. ${step.title}`}
                  hint={step.text}
                  inline
                  options={findings.map((value) => ({ value, label: t(`portal.exam.finding.${value}`) }))}
                />
                <TextArea
                  form={form}
                  name={`words.${step.key}`}
                  label={t('portal.exam.words')}
                  rows={2}
                  maxLength={5000}
                />
              </section>
            ))}
            <SubmitButton tone="primary">{t('portal.exam.save')}</SubmitButton>
          </Form>
          <section id="files">
            <h2>{t('portal.exam.files')}</h2>
            <p>{t('portal.exam.files-lede')}</p>
            <Form action={`${here}/file`} upload>
              <TextArea
                form={fileForm}
                name="file-words"
                label={t('portal.exam.file-words')}
                rows={2}
                maxLength={2000}
              />
              <FileInput
                form={fileForm}
                name="file"
                label={t('portal.exam.file')}
                hint={t('portal.exam.file-hint')}
                multiple
                required
              />
              <SubmitButton icon="send">{t('portal.exam.file-send')}</SubmitButton>
            </Form>
          </section>
        </>
      )}
      <h2>{t('portal.exam.so-far')}</h2>
      <Timeline entries={timelineOf(incident, steps, t)} empty="" />
    </PortalPage>
  );
}

/** The unit in one line; what the sender wrote where it is not on the list. */
export function unitName(
  incident: { serial: string | null; product: string | null; detail: unknown },
  t: Translate,
): string {
  if (incident.serial !== null)
    return t('portal.unit.serial', { product: incident.product ?? '', serial: incident.serial, quantity: 1, site: '' });
  const other = (incident.detail as { otherUnit?: unknown }).otherUnit;
  return typeof other === 'string' && other !== '?' ? other : t('portal.incident.other-unit');
}

function answersAsFields(said: ReadonlyMap<string, IncidentEntry>): Record<string, string> {
  return Object.fromEntries(
    [...said.values()].flatMap((entry) => [
      [`finding.${entry.step}`, entry.finding ?? ''],
      [`words.${entry.step}`, entry.words],
    ]),
  );
}

function timelineOf(incident: OwnIncident, steps: readonly AskedStep[], t: Translate): TimelineEntry[] {
  const titles = new Map(steps.map((step) => [step.key, step.title]));
  const moves = incident.moves.map((move) => ({
    key: `m${move.seq}`,
    at: move.at,
    text: t(`portal.exam.event.${move.action.replace('incident.', '')}`),
  }));
  const entries = incident.entries.map((entry) => {
    const base = { key: `e${entry.id}`, at: entry.at, by: entry.by_name };
    if (entry.kind === 'answer') {
      return {
        ...base,
        text: `${titles.get(entry.step) ?? entry.asked.split('\n')[0]}: ${t(`portal.exam.finding.${entry.finding}`)}`,
        detail: entry.words || undefined,
      };
    }
    if (entry.kind === 'evidence') {
      return {
        ...base,
        text: t('portal.exam.event.file', { file: entry.file_name ?? '', size: fileSize(entry.size ?? 0, t.language) }),
        detail: (
          <>
            {entry.words ? <p>{entry.words}</p> : null}
            <p class="ff-hint">
              SHA-256 <Identifier>{entry.sha256 ?? ''}</Identifier>
            </p>
          </>
        ),
      };
    }
    return { ...base, text: entry.words };
  });
  return [...moves, ...entries].sort((a, b) => b.at.getTime() - a.at.getTime());
}
