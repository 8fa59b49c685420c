/** What a merchant may change in the looks. Colours as CSS writes them; text on its ground needs a contrast of 4.5. */
export interface Theme {
  readonly brandName: string;
  /** A path on this server: the pages load nothing from elsewhere. */
  readonly logo: { readonly path: string; readonly alternativeText: string } | null;
  readonly colours: {
    readonly text: string;
    readonly quietText: string;
    readonly ground: string;
    readonly card: string;
    readonly border: string;
    readonly brand: string;
    readonly brandHover: string;
    readonly onBrand: string;
    readonly brandTint: string;
    readonly error: string;
    readonly errorTint: string;
    readonly focus: string;
  };
}

export const defaultTheme: Theme = {
  brandName: "Subscription set-up",
  logo: null,
  colours: {
    text: "#17212f",
    quietText: "#4a5768",
    ground: "#f3f5f8",
    card: "#ffffff",
    border: "#6c7a8d",
    brand: "#1b4fc4",
    brandHover: "#123a96",
    onBrand: "#ffffff",
    brandTint: "#eaf0fd",
    error: "#b3161b",
    errorTint: "#fdf0f0",
    focus: "#1b4fc4",
  },
};
