package io.larimar.text;

import java.nio.file.Path;
import java.util.Locale;

/** What the markup of a text is. */
public enum TextFormat {
  /** Paragraphs between blank lines; headings as in wikitext, " = Title = ". */
  PLAIN,
  /** CommonMark with tables, task lists and front matter. */
  MARKDOWN,
  /** HTML and XHTML. */
  HTML;

  /** The format by the file's extension; plain where it says nothing. */
  public static TextFormat of(Path file) {
    Path last = file.getFileName();
    String name = last == null ? "" : last.toString().toLowerCase(Locale.ROOT);
    return switch (name.substring(Math.max(0, name.lastIndexOf('.')))) {
      case ".md", ".markdown" -> MARKDOWN;
      case ".html", ".htm", ".xhtml" -> HTML;
      default -> PLAIN;
    };
  }
}
