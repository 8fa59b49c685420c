/** What one run of the kit knows from check to check. */
export interface Memory {
  /** Whether nobody is let in who has not signed up; asked once. */
  mustSignUp?: Promise<boolean>;
  /** The check at which nothing could be made. */
  notMadeAt?: string;
}
