package io.larimar.eval.data;

import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/**
 * Invented facts with a date, and a question for each in other words. Of each four facts one says
 * the same of the same subject on another day, with another target, so that the date must be read.
 */
public final class DatedFacts {
  /** Most facts of one draw. */
  public static final int MOST = 10_200;
  private static final int SIBLING = 4; // Each fourth fact repeats subject and relation.
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMMM uuuu", Locale.ENGLISH);
  private static final LocalDate FIRST = LocalDate.of(2031, 1, 1);
  private static final int DAYS = 7_300; // Twenty years.

  private static final List<String> STEMS = List.of("Orla", "Venn", "Tarkin", "Bessel", "Quill",
      "Marlow", "Ostra", "Pellan", "Kirsten", "Dunmore", "Ravik", "Solane", "Ithan", "Corvel",
      "Lomar", "Hadrin", "Zelka", "Norvik", "Aldane", "Fenwick", "Grevin", "Yarrow", "Umbral",
      "Castor", "Belmire", "Dovrek", "Elstow", "Jorund", "Sefton", "Wexley");
  private static final List<String> KINDS = List.of("Institute", "Society", "Foundation",
      "Observatory", "Guild", "Shipyard", "Museum", "Orchestra", "Cooperative", "Laboratory",
      "Council", "Railway");
  private static final List<String> TOWNS = List.of("Brunmoor", "Kestwick", "Aldersea", "Pinhollow",
      "Vargrad", "Mirefield", "Ostenburg", "Calder Bay", "Thornlea", "Rivasol", "Dunharrow",
      "Selmouth", "Ambergate", "Nordhaven", "Wyvern Hill", "Lakemont", "Saltmere", "Greyford");
  private static final List<String> PEOPLE = List.of("Anna Keller", "Tomas Varga", "Ruth Adeyemi",
      "Ivo Lindqvist", "Mara Castellan", "Peter Okafor", "Lena Brandt", "Hugo Marchetti",
      "Sofia Dragan", "Ewan Mackie", "Nadia Haddad", "Karl Ostrow", "Irene Solberg", "Paul Tanaka");
  private static final List<String> GOODS = List.of("copper wire", "barley", "slate", "lamp oil",
      "cedar wood", "linen", "rock salt", "olive oil", "granite", "wool", "tin plate", "walnuts");
  private static final List<String> NUMBERS = List.of(); // Drawn, not listed.

  /** Statement up to the target, then two ways to ask; S is the subject, D the day. */
  private record Relation(List<String> targets, String unit, String says, String asks, String also) {}

  private static final List<Relation> RELATIONS = List.of(
      new Relation(TOWNS, "", "On D the S opened a branch in",
          "In which town did the S open a branch on D?",
          "Where was the branch that the S opened on D?"),
      new Relation(PEOPLE, "", "On D the S elected as its chair",
          "Who was elected chair of the S on D?", "Whom did the S choose as its chair on D?"),
      new Relation(NUMBERS, " crowns", "On D the S received a grant of",
          "How large was the grant that the S received on D?",
          "What sum was the S granted on D?"),
      new Relation(GOODS, "", "On D the S sold its whole stock of",
          "What did the S sell its whole stock of on D?",
          "Which goods did the S sell entirely on D?"),
      new Relation(TOWNS, "", "On D the S moved its archive to",
          "Where did the archive of the S move on D?",
          "To which town did the S take its archive on D?"),
      new Relation(PEOPLE, "", "On D the S gave its gold medal to",
          "Who got the gold medal of the S on D?",
          "To whom did the S award its gold medal on D?"),
      new Relation(NUMBERS, " members", "On D the S counted exactly",
          "How many members did the S count on D?", "What was the membership of the S on D?"),
      new Relation(GOODS, "", "On D the S ordered forty crates of",
          "What did the S order forty crates of on D?",
          "What was in the forty crates that the S ordered on D?"),
      new Relation(TOWNS, "", "On D the S held its yearly meeting in",
          "Where did the yearly meeting of the S take place on D?",
          "Which town hosted the yearly meeting of the S on D?"),
      new Relation(PEOPLE, "", "On D the S hired as its new director",
          "Whom did the S hire as new director on D?",
          "Who became the new director of the S on D?"),
      new Relation(NUMBERS, " visitors", "On D the S welcomed a record of",
          "How many visitors came to the S on the record day D?",
          "What was the record number of visitors of the S on D?"),
      new Relation(GOODS, "", "On D the S lost in a fire its store of",
          "Which store did the S lose in a fire on D?",
          "What burned in the fire at the S on D?"));

  /**
   * One fact.
   *
   * @param lead the statement up to its target
   * @param target what is asked for
   * @param question asks for the target in other words
   * @param answer what must be said: the target, without its unit where the question names that
   */
  public record DatedFact(String lead, String target, String question, String answer) {
    /** The whole sentence. */
    public String statement() {
      return lead + " " + target + ".";
    }
  }

  private DatedFacts() {}

  /** Facts of a seed; no two ask the same. */
  public static List<DatedFact> draw(int count, long seed) {
    if (count < 1 || count > MOST) {
      throw new IllegalArgumentException("count must be from 1 to " + MOST + ": " + count);
    }
    Random random = new Random(seed);
    Set<String> used = new HashSet<>();
    List<DatedFact> facts = new ArrayList<>();
    Relation relation = RELATIONS.getFirst();
    String subject = "";
    String target = "";
    while (facts.size() < count) {
      boolean sibling = facts.size() % SIBLING == SIBLING - 1;
      if (!sibling) {
        relation = RELATIONS.get(random.nextInt(RELATIONS.size()));
        subject = one(STEMS, random) + " " + one(KINDS, random);
      }
      String day = FIRST.plusDays(random.nextInt(DAYS)).format(DAY);
      String drawn = relation.targets().isEmpty()
          ? 101 + random.nextInt(9_899) + relation.unit() : one(relation.targets(), random);
      if (sibling && drawn.equals(target) || !used.add(relation.says() + subject + day)) {
        continue;
      }
      target = drawn;
      String asks = random.nextBoolean() ? relation.asks() : relation.also();
      facts.add(new DatedFact(filled(relation.says(), subject, day), target,
          filled(asks, subject, day), answer(target, relation.unit(), asks)));
    }
    return facts;
  }

  private static String answer(String target, String unit, String asks) {
    return !unit.isEmpty() && asks.contains(unit)
        ? target.substring(0, target.length() - unit.length()) : target;
  }

  private static String one(List<String> texts, Random random) {
    return texts.get(random.nextInt(texts.size()));
  }

  private static String filled(String template, String subject, String day) {
    return template.replaceAll("\\bS\\b", subject).replaceAll("\\bD\\b", day);
  }
}
