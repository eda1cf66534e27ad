package io.larimar.eval.data;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One question of a bAbI task (Weston et al. 2015) with the statements of its story before it.
 *
 * @param line line of the question in the file, from 1
 * @param statements what the story said so far, in order
 * @param question the question
 * @param answer its answer
 * @param supporting places in {@code statements}, from 0, of those that the answer rests on
 */
public record Babi(
    int line, List<String> statements, String question, String answer, List<Integer> supporting) {

  public Babi {
    statements = List.copyOf(statements);
    supporting = List.copyOf(supporting);
  }

  /** Reads a task file: numbered lines, a question with answer and support behind tabs or bars. */
  public static List<Babi> read(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(file + ": is not UTF-8 text", e);
    } catch (IOException e) {
      throw JsonRecords.unreadable(file, e);
    }
    List<Babi> questions = new ArrayList<>();
    TreeMap<Integer, String> story = new TreeMap<>();
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        parse(new Line(file, i + 1, lines.get(i)), story, questions);
      }
    }
    if (questions.isEmpty()) {
      throw new IllegalArgumentException(file + ": holds no questions");
    }
    return questions;
  }

  /**
   * Reads one task file, or the files {@code qa*.txt} of a folder.
   *
   * @return questions by the task's name, the part of the file's name before the first underscore
   */
  public static SortedMap<String, List<Babi>> readTasks(Path data) {
    TreeMap<String, List<Babi>> tasks = new TreeMap<>();
    if (!Files.isDirectory(data)) {
      tasks.put(task(data), read(data));
      return tasks;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(data, "qa*.txt")) {
      files.forEach(file -> tasks.put(task(file), read(file)));
    } catch (IOException e) {
      throw JsonRecords.unreadable(data, e);
    }
    if (tasks.isEmpty()) {
      throw new IllegalArgumentException(data + ": holds no files qa*.txt");
    }
    return tasks;
  }

  private static String task(Path file) {
    return file.getFileName().toString().replaceFirst("[_.].*", "");
  }

  private record Line(Path file, int number, String text) {
    IllegalArgumentException wrong(String what) {
      return new IllegalArgumentException(file + ": line " + number + ": " + what);
    }

    int integer(String digits) {
      try {
        return Integer.parseInt(digits);
      } catch (NumberFormatException e) {
        throw wrong("\"" + digits + "\" must be a whole number");
      }
    }
  }

  private static void parse(Line line, TreeMap<Integer, String> story, List<Babi> questions) {
    int space = line.text.indexOf(' ');
    if (space < 0) {
      throw line.wrong("must be a number, a space and a sentence");
    }
    int number = line.integer(line.text.substring(0, space));
    if (number == 1) {
      story.clear();
    }
    String[] parts = line.text.substring(space + 1).split("[\t|]");
    if (parts.length == 1) {
      story.put(number, parts[0].strip());
      return;
    }
    if (parts.length != 3 || parts[1].isBlank()) {
      throw line.wrong("a question must be followed by a tab, its answer, a tab and the numbers"
          + " of its supporting lines; bars may stand for the tabs");
    }
    List<Integer> supporting = new ArrayList<>();
    for (String digits : parts[2].strip().split("\\s+")) {
      int support = line.integer(digits);
      if (!story.containsKey(support)) {
        throw line.wrong("supporting line " + support + " is no statement of this story");
      }
      supporting.add(story.headMap(support).size());
    }
    questions.add(new Babi(line.number, new ArrayList<>(story.values()), parts[0].strip(),
        parts[1].strip(), supporting));
  }
}
