/** Fills in the fields of a form as a viewer on a screen does. */
import { PDFCheckBox, PDFDocument, PDFHexString, PDFName, PDFRadioGroup, PDFTextField } from '@cantoo/pdf-lib';
import { type FormLayout, paperKey } from '../src/domain/paper-form.ts';

/**
 * @param values by `paperKey`: `true` is ticked, a text is typed
 */
export async function fillForm(
  pdf: Uint8Array,
  layout: FormLayout,
  values: ReadonlyMap<string, string | true>,
): Promise<Uint8Array> {
  const document = await PDFDocument.load(pdf, { updateMetadata: false });
  const form = document.getForm();
  for (const field of layout.fields) {
    const value = values.get(paperKey(field));
    if (value === undefined || field.kind === 'signature') continue;
    const found = form.getField(field.pdfName);
    if (found instanceof PDFTextField && typeof value === 'string') {
      // Typed text goes in as its value; how it is drawn is the viewer's affair.
      found.acroField.setValue(PDFHexString.fromText(value));
    } else if (found instanceof PDFRadioGroup) {
      const name = PDFName.of(field.value ?? 'yes');
      found.acroField.dict.set(PDFName.of('V'), name);
      for (const widget of found.acroField.getWidgets())
        widget.setAppearanceState(widget.getOnValue() === name ? name : PDFName.of('Off'));
    } else if (found instanceof PDFCheckBox) {
      const [widget] = found.acroField.getWidgets();
      const name = widget?.getOnValue() ?? PDFName.of('yes');
      found.acroField.dict.set(PDFName.of('V'), name);
      widget?.setAppearanceState(name);
    }
  }
  return document.save({ updateFieldAppearances: false, useObjectStreams: true });
}

/** Who fills a form in, and when. */
export interface Filler {
  name: string;
  title: string;
  email: string;
  phone: string;
  /** 'YYYY-MM-DD': when everything was done, and signed. */
  day: string;
}

/** The answers of somebody who has done everything that is asked, by `paperKey`. */
export function completeAnswers(layout: FormLayout, filler: Filler): Map<string, string | true> {
  const said: Record<string, string> = {
    received: 'yes',
    understood: 'yes',
    compromise: 'no',
    'users-informed': 'yes',
    connected: 'yes',
    'software-installed': 'yes',
    status: 'done',
    'done-on': filler.day,
    'backed-up': 'yes',
    'all-patched': 'yes',
    'signer-name': filler.name,
    'signer-title': filler.title,
    'signer-email': filler.email,
    'signer-phone': filler.phone,
    'signed-on': filler.day,
    acknowledge: 'yes',
    statement: 'yes',
  };
  const values = new Map<string, string | true>();
  for (const field of layout.fields) {
    const answer = said[field.question];
    if (answer === undefined || field.subject.scope === 'all') continue;
    if (field.kind !== 'tick') values.set(paperKey(field), answer);
    else if ((field.value ?? 'yes') === answer) values.set(paperKey(field), true);
  }
  return values;
}
