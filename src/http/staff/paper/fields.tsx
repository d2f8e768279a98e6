/** Every answer of a form that came back: what was read, the piece of the page it stands on, and a field to put it right. */
import type { VNode } from 'preact';
import type { PaperReplyDetail } from '../../../app/queries/paper-replies.ts';
import type { FormContext, FormDefinition } from '../../../domain/form.ts';
import { findQuestion } from '../../../domain/form-asked.ts';
import { type FieldPlace, readFieldName } from '../../../domain/form-fields.ts';
import { type FormLayout, type PaperField, paperKey } from '../../../domain/paper-form.ts';
import type { FoundBox } from '../../../domain/paper-reading.ts';
import { QuestionField } from '../../portal/form/question.tsx';
import { translator } from '../../translate.ts';
import type { FormState } from '../../ui/form.ts';
import { Card, More } from '../../ui/parts.tsx';
import { Badge } from '../../ui/state.tsx';
import { Cutout } from './cutout.tsx';

export interface ReviewProps {
  reply: PaperReplyDetail;
  layout: FormLayout;
  definition: FormDefinition;
  context: FormContext;
  form: FormState;
  today: string;
}

interface Row {
  name: string;
  fields: PaperField[];
  boxes: FoundBox[];
  place: FieldPlace;
  /** Whether anything was found, or a person has to look. */
  speaks: boolean;
}

/** Everything that was found, then what is empty, folded away. */
export function ReviewFields(props: ReviewProps): VNode {
  const rows = rowsOf(props);
  const [speaking, silent] = [rows.filter((row) => row.speaks), rows.filter((row) => !row.speaks)];
  // Pages that a person matched were not measured: everything is to be typed.
  const all = props.reply.boxes.length === 0;
  return (
    <>
      <Card title={all ? 'Type what stands on the pages' : 'What we read'}>
        {(all ? rows : speaking).map((row) => (
          <ReviewRow key={row.name} row={row} {...props} />
        ))}
      </Card>
      {!all && silent.length > 0 ? (
        <Card>
          <More summary={`Empty on the form: ${silent.length} questions`}>
            {silent.map((row) => (
              <ReviewRow key={row.name} row={row} {...props} />
            ))}
          </More>
        </Card>
      ) : null}
    </>
  );
}

function rowsOf({ reply, layout, definition, form }: ReviewProps): Row[] {
  const found = new Map(reply.boxes.map((box) => [box.key, box]));
  const wrong = new Set(form.errors.map((error) => error.field));
  return [...Map.groupBy(layout.fields, (field) => field.name)].flatMap(([name, fields]): Row[] => {
    const read = readFieldName(name);
    if (!read || !findQuestion(definition, read.questionId)) return [];
    const boxes = fields.flatMap((field) => found.get(paperKey(field)) ?? []);
    const speaks = wrong.has(name) || boxes.some((box) => box.value !== null || !box.sure);
    return [{ name, fields, boxes, place: read.place, speaks }];
  });
}

function ReviewRow({ row, reply, definition, context, form, today }: ReviewProps & { row: Row }): VNode | null {
  const question = findQuestion(definition, row.fields[0]?.question ?? '');
  if (!question) return null;
  const doubtful = row.boxes.some((box) => !box.sure);
  const hand = row.boxes.some((box) => box.by === 'ink' && box.value === '');
  const least = Math.min(...row.boxes.map((box) => box.confidence));
  const about = aboutOf(row.place, context);
  return (
    <div class={doubtful ? 'ff-paper-answer ff-paper-doubtful' : 'ff-paper-answer'}>
      <div class="ff-paper-cut">
        <Cutout fields={shownOf(row)} pages={reply.pages} base={`/replies/read/${reply.id}`} />
        {doubtful ? (
          <Badge tone="amber" icon="alert-triangle">
            {hand ? 'type it' : 'look'}
          </Badge>
        ) : row.boxes.length > 0 ? (
          <span class="ff-muted">{`${least} % sure`}</span>
        ) : null}
      </div>
      <div class="ff-paper-field">
        {about === '' ? null : <p class="ff-paper-about">{about}</p>}
        <QuestionField
          definition={definition}
          context={context}
          // What was not written stays unsaid: nothing is required of a form on paper.
          question={{ ...question, required: undefined }}
          place={row.place}
          form={form}
          t={translator('en')}
          today={today}
          {...(about === '' ? {} : { about })}
        />
      </div>
    </div>
  );
}

/** The widest piece that is shown whole, in points. */
const WHOLE = 210;

/** Ticks of one question may stand far apart in a table: then those that say something are looked at. */
function shownOf({ fields, boxes }: Row): PaperField[] {
  const left = Math.min(...fields.map(({ rect }) => rect.x));
  const right = Math.max(...fields.map(({ rect }) => rect.x + rect.width));
  const samePage = fields.every((field) => field.page === fields[0]?.page);
  const low = Math.max(...fields.map(({ rect }) => rect.y)) - Math.min(...fields.map(({ rect }) => rect.y));
  if (samePage && right - left <= WHOLE && low < 40) return fields;
  const speaking = new Set(boxes.filter((box) => box.value !== null || !box.sure).map((box) => box.key));
  const shown = fields.filter((field) => speaking.has(paperKey(field)));
  return shown.length > 0 ? shown : fields;
}

/** Which unit and mode a row is about. */
function aboutOf(place: FieldPlace, context: FormContext): string {
  if (place.scope === 'all') return 'For all units';
  if (place.scope === 'unit' || place.scope === 'correction') {
    for (const unit of context.units) {
      const own = place.scope === 'unit' ? unit.id === place.id : undefined;
      const correction = unit.corrections.find((one) => place.scope === 'correction' && one.id === place.id);
      if (own) return `${unit.product} ${unit.serial}`;
      if (correction) return `${unit.product} ${unit.serial}, ${correction.environmentName}`;
    }
    return 'A unit that is no longer theirs';
  }
  if (place.scope === 'product') return context.products.find((one) => one.id === place.id)?.name ?? '';
  return place.scope === 'extra' || place.scope === 'standalone' ? `Row ${place.index + 1}` : '';
}
