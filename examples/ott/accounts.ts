import { randomBytes } from "node:crypto";
import type { Knex } from "knex";
import type { JsonObject } from "./answers.js";

export interface AccountRow {
  readonly number: string;
  /** In lower case; null for a customer of a partner who never signed up here. */
  readonly email: string | null;
  readonly passwordHash: string | null;
  readonly displayName: string;
  readonly partner: string | null;
  readonly customer: string | null;
  /** 0 or 1, as SQLite has booleans. */
  readonly isBlocked: number;
  readonly createdAt: number;
}

export const presentAccount = ({ number, email, displayName, isBlocked }: AccountRow): JsonObject => ({
  account_number: number,
  email,
  display_name: displayName,
  blocked: isBlocked === 1,
});

const NUMBER_BYTES = 6;
const newNumber = (): string => `LN-${randomBytes(NUMBER_BYTES).toString("hex").toUpperCase()}`;

const accounts = (books: Knex) => books<AccountRow>("account");

export const findAccount = (books: Knex, number: string): Promise<AccountRow | undefined> =>
  accounts(books).where({ number }).first();

export const findByEmail = (books: Knex, email: string): Promise<AccountRow | undefined> =>
  accounts(books).where({ email: email.toLowerCase() }).first();

export const findByCustomer = (
  books: Knex,
  partner: string,
  customer: string,
): Promise<AccountRow | undefined> => accounts(books).where({ partner, customer }).first();

export interface NewAccount {
  readonly email: string;
  readonly passwordHash: string;
  readonly displayName: string;
}

/** The new account, or null where the address has one. */
export async function openAccount(books: Knex, person: NewAccount, now: number): Promise<AccountRow | null> {
  const email = person.email.toLowerCase();
  if (await findByEmail(books, email)) return null;
  const { passwordHash, displayName } = person;
  return insert(books, { email, passwordHash, displayName, partner: null, customer: null, createdAt: now });
}

/** The account of a partner's customer, made when first needed: it has no password, so nobody signs in to it. */
export async function accountOfCustomer(
  books: Knex,
  partner: string,
  customer: string,
  now: number,
): Promise<AccountRow> {
  const known = await findByCustomer(books, partner, customer);
  const displayName = `Customer of ${partner}`;
  const stranger = { email: null, passwordHash: null, displayName, partner, customer, createdAt: now };
  return known ?? insert(books, stranger);
}

async function insert(books: Knex, account: Omit<AccountRow, "number" | "isBlocked">): Promise<AccountRow> {
  const row = { ...account, number: newNumber(), isBlocked: 0 };
  await accounts(books).insert(row);
  return row;
}

/** The house's own switch on an account: it closes the doors here and tells nobody. */
export async function setBlocked(books: Knex, number: string, isBlocked: boolean): Promise<boolean> {
  return (
    (await accounts(books)
      .where({ number })
      .update({ isBlocked: isBlocked ? 1 : 0 })) === 1
  );
}

export interface NoteRow {
  readonly accountNumber: string;
  readonly text: string;
  readonly at: number;
}

export const insertNote = async (books: Knex, note: NoteRow): Promise<void> => {
  await books<NoteRow>("note").insert(note);
};

export const listNotes = (books: Knex, accountNumbers: readonly string[]): Promise<NoteRow[]> =>
  books<NoteRow>("note").whereIn("accountNumber", accountNumbers).orderBy("id");
