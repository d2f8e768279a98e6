/** Who has read the fixed words of each language: locales/review.json. A language that is not named there has not been read. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const reviewSchema = z.record(
  z.string(),
  z.object({
    /** A native reader has read every text of the language. */
    nativeReader: z.boolean(),
    /** Who, and on which day, where somebody has. */
    by: z.string().optional(),
    on: z.iso.date().optional(),
  }),
);
export type WordReview = z.infer<typeof reviewSchema>[string];

const file = join(import.meta.dirname, '..', '..', 'locales', 'review.json');
let reviews: Record<string, WordReview> | undefined;

/** Every language of review.json. */
export function wordReviews(): Readonly<Record<string, WordReview>> {
  reviews ??= reviewSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return reviews;
}

/** The review of one language's fixed words. */
export function wordReview(language: string): WordReview {
  return wordReviews()[language] ?? { nativeReader: false };
}
