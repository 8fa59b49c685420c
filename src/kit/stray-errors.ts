type Hear = (error: unknown) => void;

const hearing = new Set<Hear>();
const tell = (error: unknown): void => {
  for (const hear of hearing) hear(error);
};

/** What a module under test lets go of where nobody can catch it; it would end the process, and the report with it. */
export interface StrayErrors {
  /** What came since it was asked last. */
  readonly take: () => readonly unknown[];
  readonly stop: () => void;
}

export function watchStrayErrors(): StrayErrors {
  let heard: unknown[] = [];
  const hear: Hear = (error) => heard.push(error);
  // Once for all runs of a process, or many of them at once would look like a leak of listeners.
  if (hearing.size === 0) process.on("uncaughtException", tell).on("unhandledRejection", tell);
  hearing.add(hear);
  return {
    take: () => {
      const taken = heard;
      heard = [];
      return taken;
    },
    stop: () => {
      hearing.delete(hear);
      if (hearing.size === 0) process.off("uncaughtException", tell).off("unhandledRejection", tell);
    },
  };
}
