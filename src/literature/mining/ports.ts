import type { MentionRole } from './model.ts';

/** A linear classifier over named features: one row of weights per class, softmax over the rows. */
export interface LinearModel<Label extends string> {
  readonly labels: readonly Label[];
  readonly bias: readonly number[];
  /** Per feature one weight per label. A feature that is not here weighs nothing. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

/** The weights of the role of a dataset in an article (`data/mining/role-model.json`). */
export type RoleModel = LinearModel<MentionRole>;

/** The weights that tell the number of people studied from other numbers (`data/mining/cohort-model.json`). */
export type CohortModel = LinearModel<'YES' | 'NO'>;

/** The weights that mark names of datasets in a sentence, word by word (`data/mining/name-model.json`). */
export interface NameModel {
  /** Per feature the weights of B (first word of a name), I (a further one) and O (none). */
  readonly weights: Readonly<Record<string, readonly [number, number, number]>>;
  /** Weight of the step from one mark to the next: rows B, I, O. */
  readonly steps: readonly (readonly [number, number, number])[];
}

/** A word or phrase that stands for a value. */
export interface LexiconTerm {
  readonly term: string;
  /** Modality code, or IRI of a condition. */
  readonly value: string;
  readonly label: string;
  /** The widest modality that this one is a kind of; undefined where it is of none. */
  readonly wider?: string | undefined;
}

/** What the miner works with; read once, shared by all articles. */
export interface MiningResources {
  readonly modalities: readonly LexiconTerm[];
  readonly conditions: readonly LexiconTerm[];
  readonly role: RoleModel;
  readonly cohort: CohortModel;
  /** Undefined: rules alone. */
  readonly names: NameModel | undefined;
}
