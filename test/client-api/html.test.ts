import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { html, renderHtml } from "../../src/client-api/html.js";

describe("the html template", () => {
  it.each([
    ["<script>alert(1)</script>", "&#60;script&#62;alert(1)&#60;/script&#62;"],
    [`"><img src=x onerror=alert(1)>`, "&#34;&#62;&#60;img src=x onerror=alert(1)&#62;"],
    ["' onfocus='alert(1)", "&#39; onfocus=&#39;alert(1)"],
    ["&lt;b&gt;", "&#38;lt;b&#38;gt;"],
    ["`onfocus=alert(1)`", "&#96;onfocus=alert(1)&#96;"],
  ])("escapes %s", (text, expected) => {
    expect(renderHtml(html`<p title="${text}">${text}</p>`)).toBe(`<p title="${expected}">${expected}</p>`);
  });

  it("lets no text out of where it was put", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const [, inside = ""] = /^<p>(.*)<\/p>$/s.exec(renderHtml(html`<p>${text}</p>`)) ?? [];
        expect(inside).not.toMatch(/[<>"'`]/);
        expect(inside.replace(/&#(\d+);/g, (_all, code) => String.fromCharCode(Number(code)))).toBe(text);
      }),
    );
  });

  it("keeps markup of its own, alone and in lists", () => {
    const items = ["a", "<b>"].map((text) => html`<b>${text}</b>`);
    expect(renderHtml(html`<p>${items}${html`<i>c</i>`}</p>`)).toBe(
      "<p><b>a</b><b>&#60;b&#62;</b><i>c</i></p>",
    );
  });

  it("leaves out what is not there, and keeps 0", () => {
    expect(renderHtml(html`${null}${undefined}${false}${0}${""}`)).toBe("0");
  });
});
