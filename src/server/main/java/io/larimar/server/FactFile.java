package io.larimar.server;

import io.larimar.engine.Fact;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.dhatim.fastexcel.reader.Cell;
import org.dhatim.fastexcel.reader.CellType;
import org.dhatim.fastexcel.reader.ExcelReaderException;
import org.dhatim.fastexcel.reader.ReadableWorkbook;
import org.dhatim.fastexcel.reader.ReadingOptions;
import org.dhatim.fastexcel.reader.Row;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.MappingIterator;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvReadFeature;
import tools.jackson.dataformat.csv.CsvSchema;

/** Many facts as a file: JSON lines, or a table or workbook with a line of column names. */
final class FactFile {
  private static final int MAX_FAULTS = 10;

  private final int most;
  private final List<Fact> facts = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();

  private FactFile(int most) {
    this.most = most;
  }

  /**
   * The facts of JSON lines, as an export has them.
   *
   * @throws Problem 400 that names the wrong lines; 413 for more than {@code most} facts
   */
  static List<Fact> lines(byte[] bytes, int most) {
    FactFile file = new FactFile(most);
    int number = 0;
    for (String line : decode(bytes).split("\n")) {
      number++;
      if (!line.isBlank()) {
        file.add(number, () -> FactJson.read(
            Json.object(line.strip().getBytes(StandardCharsets.UTF_8))));
      }
    }
    return file.result();
  }

  /**
   * The facts of a table: its columns are fields of a fact (tags with a semicolon between two).
   * Comma, semicolon and tab part columns, whichever the first line has.
   *
   * @throws Problem 400 that names the wrong lines; 413 for more than {@code most} facts
   */
  static List<Fact> table(byte[] bytes, int most) {
    FactFile file = new FactFile(most);
    String text = decode(bytes);
    String header = text.lines().findFirst().orElse("");
    char separator = header.contains("\t") ? '\t'
        : header.contains(",") || !header.contains(";") ? ',' : ';';
    CsvMapper mapper = CsvMapper.builder().enable(CsvReadFeature.SKIP_EMPTY_LINES)
        .enable(CsvReadFeature.TRIM_SPACES).build();
    CsvSchema schema = CsvSchema.emptySchema().withHeader().withColumnSeparator(separator);
    try (MappingIterator<Map<String, String>> rows =
        mapper.readerForMapOf(String.class).with(schema).readValues(text)) {
      for (int number = 2; rows.hasNextValue(); number++) {
        Map<String, String> row = rows.nextValue();
        file.add(number, () -> FactJson.read(fields(row)));
      }
    } catch (JacksonException e) {
      throw Problem.wrong("The table cannot be read: " + e.getOriginalMessage()
          + " Its first line must name the columns, as subject,prompt,target or question,answer.");
    }
    return file.result();
  }

  /**
   * The facts of the first sheet of an Excel workbook, whose first row names the columns.
   *
   * @param unpacked most bytes that the workbook may have once it is unpacked
   * @throws Problem 400 that names the wrong rows; 413 for more than {@code most} facts or bytes
   */
  static List<Fact> sheet(byte[] bytes, int most, long unpacked) {
    FactFile file = new FactFile(most);
    requireUnpacked(bytes, unpacked);
    try (ReadableWorkbook workbook =
            new ReadableWorkbook(new ByteArrayInputStream(bytes), new ReadingOptions(true, true));
        Stream<Row> rows = workbook.getFirstSheet().openStream()) {
      List<String> columns = new ArrayList<>();
      rows.forEach(row -> {
        if (columns.isEmpty()) {
          row.forEach(cell ->
              columns.add(Optional.ofNullable(cell).map(FactFile::text).orElse("")));
        } else {
          Map<String, String> named = new LinkedHashMap<>();
          for (int i = 0; i < Math.min(row.getCellCount(), columns.size()); i++) {
            String name = columns.get(i);
            row.getOptionalCell(i).filter(cell -> !name.isBlank())
                .ifPresent(cell -> named.put(name, text(cell)));
          }
          if (named.values().stream().anyMatch(value -> !value.isBlank())) {
            file.add(row.getRowNum(), () -> FactJson.read(fields(named)));
          }
        }
      });
    } catch (IOException | ExcelReaderException | UncheckedIOException e) {
      throw Problem.wrong("The workbook cannot be read: save it as .xlsx, without a password.");
    }
    return file.result();
  }

  /** Refuses what a few bytes may unpack to. */
  private static void requireUnpacked(byte[] bytes, long most) {
    byte[] buffer = new byte[1 << 16];
    long total = 0;
    try (ZipFile zip = ZipFile.builder().setByteArray(bytes).get()) {
      for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
        try (InputStream in = zip.getInputStream(entry)) {
          for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            total += n;
            if (total > most) {
              throw Problem.of(413, "Too large", "The workbook unpacks to more than " + most
                  + " bytes: send it in parts, or raise limit.document.");
            }
          }
        }
      }
    } catch (IOException e) {
      throw Problem.wrong("The file is no workbook: save it as .xlsx, without a password.");
    }
  }

  /** A cell's text: a date as ISO 8601 has it, a number as it was typed. */
  private static String text(Cell cell) {
    String format = Optional.ofNullable(cell.getDataFormatString()).orElse("");
    if (cell.getType() == CellType.NUMBER && format.toLowerCase(Locale.ROOT).contains("yy")) {
      return cell.asDate().toLocalDate().toString();
    }
    return Optional.ofNullable(cell.getText()).orElse("");
  }

  private static Fields fields(Map<String, String> row) {
    Map<String, Object> object = new LinkedHashMap<>();
    row.forEach((column, value) -> {
      if (!value.isBlank()) {
        object.put(column.strip().toLowerCase(Locale.ROOT), column.equals("tags")
            ? Arrays.stream(value.split(";")).map(String::strip).toList() : value);
      }
    });
    return Json.object(Json.bytes(object));
  }

  private static String decode(byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text; // Excel's byte order mark
    } catch (CharacterCodingException e) {
      throw Problem.wrong("The file is not UTF-8: save it as UTF-8.");
    }
  }

  private void add(int line, Supplier<Fact> reading) {
    try {
      facts.add(reading.get());
    } catch (Problem | IllegalArgumentException e) {
      faults.add("line " + line + ": " + e.getMessage());
    }
    if (facts.size() > most) {
      throw Problem.of(413, "Too many", "The file holds more than " + most
          + " facts: send it in parts, or raise limit.facts.");
    }
  }

  private List<Fact> result() {
    if (!faults.isEmpty()) {
      throw Problem.wrong("Nothing was written, " + faults.size() + " lines are wrong: "
          + String.join(" ", faults.subList(0, Math.min(MAX_FAULTS, faults.size()))));
    }
    if (facts.isEmpty()) {
      throw Problem.wrong("The file holds no facts.");
    }
    return facts;
  }
}
