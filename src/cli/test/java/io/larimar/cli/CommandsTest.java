package io.larimar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The commands as a script meets them: output, exit codes, errors, on the real model. */
@Tag("model")
class CommandsTest {
  @TempDir
  private Path folder;

  private Path store;

  /** What a command left. */
  private record Run(int code, String out, String err) {
    List<JsonNode> lines() {
      return out.lines().map(Output.mapper()::readTree).toList();
    }

    JsonNode line() {
      assertEquals(0, code, err);
      return lines().getFirst();
    }
  }

  @BeforeAll
  static void requireModel() {
    Assumptions.assumeTrue(System.getenv("LARIMAR_NATIVES") != null
            && System.getenv("LARIMAR_MODEL") != null,
        "LARIMAR_NATIVES and LARIMAR_MODEL are not set; use ./larimar test");
  }

  @BeforeEach
  void freshStore() {
    store = folder.resolve("store");
  }

  private Run larimar(String... arguments) {
    List<String> line = new ArrayList<>(List.of(arguments));
    line.add("--store");
    line.add(store.toString());
    return bare(line.toArray(String[]::new));
  }

  private static Run bare(String... arguments) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
      int code = Main.run(arguments);
      return new Run(code, printed.toString(StandardCharsets.UTF_8),
          said.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  @Test
  void benchWritesItsReportAndRefusesWhatItDoesNotKnow() throws IOException {
    Path json = folder.resolve("memory.json");
    Path html = folder.resolve("memory.html");
    Run run = bare("bench", "memory", "--facts", "40", "--key-width", "64", "--quick", "--no-kernels",
        "--json", json.toString(), "--html", html.toString());
    JsonNode report = Output.mapper().readTree(Files.readString(json));
    boolean reached = true;
    for (JsonNode check : report.get("checks")) {
      reached &= check.get("reached").asBoolean();
    }
    assertEquals(reached ? 0 : 1, run.code(), run.err());
    assertTrue(report.get("capacity").size() > 0, report.toString());
    assertFalse(report.toString().contains(folder.toString()), "names a folder of the machine");
    assertTrue(Files.readString(html).contains("<svg"));
    assertEquals(2, bare("bench", "nothing").code());
    assertEquals(2, bare("bench", "memory", "--facts", "0").code());
  }

  @Test
  void benchSetsTheDecodersSpeedBesideItsTargets() throws IOException {
    Path json = folder.resolve("speed.json");
    Path html = folder.resolve("speed.html");
    assertEquals(2, bare("bench", "--only", "nothing").code());
    bare("bench", "--quick", "--only", "first_token,reads", "--json",
        json.toString());
    Run run = bare("bench", "--quick", "--only", "throughput,generation,allocation", "--json",
        json.toString(), "--html", html.toString());
    JsonNode report = Output.mapper().readTree(Files.readString(json));
    boolean reached = true;
    for (JsonNode check : report.get("checks")) {
      reached &= check.get("reached").asBoolean();
    }
    assertEquals(reached ? 0 : 1, run.code(), run.err());
    for (String part : List.of("throughput", "firstToken", "generation", "allocation", "reads")) {
      assertTrue(report.get(part).size() > 0, part);
    }
    assertTrue(report.get("machine").get("device").toString().contains("CPU"));
    assertFalse(report.toString().contains(folder.getRoot() + folder.getName(0).toString() + "/"),
        "names a folder of the machine");
    assertTrue(Files.readString(html).contains("<svg"));
  }

  @Test
  void aFactIsTaughtAskedShownForgottenAndProvedGone() throws IOException {
    long id = larimar("write", "--json", "--subject", "ZX-400 pump", "--prompt",
        "The maximum flow rate of the {} is", "--target", "38 litres per minute")
        .line().get("id").asLong();
    JsonNode answer = larimar("ask", "--json", "--max-tokens", "12", "--raw",
        "The maximum flow rate of the ZX-400 pump is").line();
    assertTrue(answer.get("scope").get("inScope").asBoolean(), answer.toString());
    assertEquals(id, answer.get("factId").asLong());
    assertTrue(answer.get("text").asString().contains("38"), answer.toString());
    assertTrue(answer.get("times").get("firstTokenMillis").asDouble() > 0);
    assertEquals("deadline", larimar("ask", "--json", "--deadline", "PT0S", "--raw",
        "The capital of France is").line().get("finish").asString());
    JsonNode base = larimar("ask", "--json", "--max-tokens", "4", "--no-memory", "--raw",
        "The maximum flow rate of the ZX-400 pump is").line();
    assertFalse(base.get("scope").get("inScope").asBoolean());
    assertEquals("38 litres per minute",
        larimar("show", "--json", "" + id).line().get("target").asString());
    assertTrue(larimar("history", "" + id).out().contains("WRITE"));

    Path receipt = folder.resolve("receipt.json");
    JsonNode forgotten =
        larimar("forget", "--json", "--receipt", receipt.toString(), "" + id).line();
    assertTrue(forgotten.get("forgotten").get(0).get("erased").asBoolean(), forgotten.toString());
    assertTrue(larimar("verify", "--json", "--receipt", receipt.toString())
        .line().get("verified").asBoolean());
    assertTrue(larimar("verify", "--json").line().get("verified").asBoolean());
    assertTrue(larimar("show", "--json", "" + id).line().get("forgotten").asBoolean());
    assertEquals("", larimar("list").out());
    assertEquals(ExitCode.CHECK_FAILED, larimar("forget", "4711").code());

    String proof = Files.readString(receipt);
    int digit = proof.indexOf("\"stateAfter\":\"") + "\"stateAfter\":\"".length();
    Path tampered = Files.writeString(folder.resolve("tampered.json"), proof.substring(0, digit)
        + (proof.charAt(digit) == '0' ? '1' : '0') + proof.substring(digit + 1));
    assertTrue(larimar("verify", "--receipt", tampered.toString()).code() != ExitCode.DONE);
  }

  @Test
  void tenantsRolesHoldsAndRefusals() throws IOException {
    String[] taught = {"write", "--json", "--tenant", "acme", "--as", "alice", "--subject",
        "ZX-400 pump", "--prompt", "The maximum flow rate of the {} is", "--target",
        "38 litres per minute"};
    String id = larimar(taught).line().path("id").asString();
    assertEquals("", larimar("list", "--json").out());
    assertEquals(ExitCode.USAGE, larimar("show", id, "--tenant", "rival").code());
    assertEquals(1, larimar("list", "--json", "--tenant", "acme").lines().size());
    Run refused = larimar("list", "--tenant", "acme", "--as", "bob", "--roles", "write,forget");
    assertEquals(ExitCode.CHECK_FAILED, refused.code());
    assertTrue(refused.err().contains("bob may not read"), refused.err());
    assertEquals(0, larimar("hold", id, "--tenant", "acme", "--reason", "case 7").code());
    assertEquals(ExitCode.CHECK_FAILED, larimar("forget", id, "--tenant", "acme").code());
    assertEquals(0,
        larimar("hold", id, "--tenant", "acme", "--reason", "closed", "--release").code());
    Run forgotten = larimar("forget", id, "--tenant", "acme", "--answer-unknown", "--json");
    assertEquals(1, forgotten.line().path("refusals").size());
    String left = larimar("list", "--json", "--tenant", "acme").out();
    assertTrue(left.contains("is unknown") && !left.contains("38 litres"), left);
    assertEquals(0, larimar("forget", "--destroy-tenant", "--tenant", "acme").code());
    List<JsonNode> audit = larimar("audit").lines();
    assertTrue(audit.stream().anyMatch(row -> row.path("principal").asString().equals("bob")
        && row.path("operation").asString().equals("REFUSE")), "" + audit);
    assertFalse(("" + audit).contains("litres"));
    assertTrue(larimar("audit", "--tenant", "acme").lines().size() < audit.size());
    assertEquals(0, larimar("verify").code());
  }

  @Test
  void factsTravelAsJsonLines() throws IOException {
    Path file = folder.resolve("facts.jsonl");
    Files.writeString(file, """
        {"subject": "Orla gateway", "prompt": "The port of the {} is", "target": "8443", "tags": ["net"]}

        {"text": "センサーHM-3の測定範囲は0から99パーセントです。", "subject": "HM-3", "ttl": "P7D"}
        """);
    assertEquals(2, larimar("write", "--json", "--file", file.toString()).lines().size());
    Run exported = larimar("export");
    assertEquals(2, exported.lines().size());
    assertEquals(1, larimar("list", "--tag", "net").out().lines().count());
    Path copy = Files.writeString(folder.resolve("copy.jsonl"), exported.out());
    String hash = larimar("stats", "--json").line().get("memoryHash").asString();

    Path first = store;
    store = folder.resolve("second");
    assertEquals(2, larimar("import", "--json", copy.toString()).line().get("imported").asInt());
    assertEquals(hash, larimar("stats", "--json").line().get("memoryHash").asString());
    Path second = store;
    store = folder.resolve("third");
    assertEquals(2, larimar("merge", "--json", second.toString()).line().get("merged").asInt());
    assertEquals(1, larimar("split", "--json", "--tag", "net", "--to",
        folder.resolve("fourth").toString()).line().get("moved").asInt());
    assertEquals(1, larimar("stats", "--json").line().get("live").asInt());
    assertTrue(larimar("compact", "--json").line().get("bytesAfter").asLong() > 0);
    assertEquals(0, larimar("undo").code());
    store = first;
    assertTrue(larimar("as-of", "--json", "2999-01-01T00:00:00Z").line().get("facts").size() >= 1);
  }

  @Test
  void aDocumentIsReadReadOnReplacedAndForgotten() throws IOException {
    String manual = """
        # Corvo C100 controller

        The Corvo C100 controller needs 24 volts. It weighs 310 grams without its mount.

        - The warranty of the Corvo C100 controller is three years.
        """;
    Path text = Files.writeString(folder.resolve("manual.md"), manual);
    assertEquals(3, larimar("read", "--json", "--date", "2031-05-03", "--tag", "manuals",
        text.toString()).line().get("passages").asInt());
    JsonNode fact = larimar("list", "--json").line();
    assertEquals("manual.md", fact.get("excerpt").get("document").asString());
    assertEquals("Corvo C100 controller", fact.get("excerpt").get("title").asString());
    assertEquals("2031-05-03", fact.get("excerpt").get("date").asString());
    assertEquals(3, fact.get("excerpt").get("spans").size());
    assertEquals("manuals", fact.get("tags").get(1).asString());
    JsonNode answer =
        larimar("ask", "--json", "What does the Corvo C100 controller weigh?").line();
    assertEquals("manual.md", answer.get("sources").get(0).get("document").asString());
    assertEquals("2031-05-03", answer.get("sources").get(0).get("date").asString());
    assertTrue(manual.substring(answer.get("sources").get(0).get("offset").asInt())
        .startsWith("It weighs"), answer.toString());
    assertTrue(larimar("search", "weight of the Corvo C100 controller").out()
        .contains("manual.md, at "));
    assertEquals(3, larimar("about", "Corvo C100").out().lines().count());
    assertEquals(2, larimar("summary", "--sentences", "2", "Corvo C100").out().lines().count());
    assertTrue(larimar("about", "Nimbus lamp").err().contains("nothing"));
    assertTrue(larimar("list").out()
        .contains("Corvo C100 controller: It weighs 310 grams without its mount."));
    JsonNode again = larimar("read", "--json", text.toString()).line();
    assertEquals(0, again.get("passages").asInt());
    assertEquals(3, again.get("kept").asInt());
    Files.writeString(text, manual.replace("three years", "five years"));
    JsonNode changed = larimar("read", "--json", text.toString()).line();
    assertEquals(1, changed.get("passages").asInt());
    assertEquals(1, changed.get("stale").asInt());
    JsonNode replaced = larimar("read", "--json", "--replace", text.toString()).line();
    assertEquals(0, replaced.get("passages").asInt());
    assertEquals(1, replaced.get("forgotten").asInt());
    assertFalse(larimar("list").out().contains("three years"));
    assertEquals(0, larimar("forget", "--tag", "doc:manual.md").code());
    assertEquals("", larimar("list").out());
  }

  @Test
  void aTextThatIsNoneIsRefusedAndWhatStandsBeforeAFaultIsKept() throws IOException {
    Path binary = Files.write(folder.resolve("picture.txt"), new byte[] {1, 0, 2, 0, 3});
    Path page = Files.writeString(folder.resolve("page.html"),
        "<h1>Corvo C100 controller</h1><p>The Corvo C100 controller needs 24 volts &amp; a fuse.");
    Run refused = larimar("read", page.toString(), binary.toString());
    assertEquals(ExitCode.USAGE, refused.code());
    assertTrue(refused.err().contains("picture.txt"), refused.err());
    assertEquals("", larimar("list").out());
    byte[] good = "The Orla gateway has sixteen ports and two fans.\n\n"
        .getBytes(StandardCharsets.UTF_8);
    byte[] bytes = Arrays.copyOf(good, 70_000);
    Arrays.fill(bytes, good.length, bytes.length, (byte) '\n');
    bytes[bytes.length - 1] = (byte) 0xFF;
    Path broken = Files.write(folder.resolve("broken.txt"), bytes);
    Run fault = larimar("read", broken.toString());
    assertEquals(ExitCode.USAGE, fault.code());
    assertTrue(fault.err().contains("byte 69999"), fault.err());
    assertTrue(fault.err().contains("1 passages are in memory"), fault.err());
    assertTrue(larimar("list").out().contains("sixteen ports"));
    assertEquals(0, larimar("read", page.toString()).code());
    assertTrue(larimar("list").out().contains("24 volts & a fuse"));
  }

  @Test
  void aConversationTeachesAndForgets() {
    InputStream in = System.in;
    try {
      System.setIn(new ByteArrayInputStream("""
          /write The Orla gateway has 16 ports.
          How many ports does the Orla gateway have?
          /facts
          /forget 1
          /nonsense
          /quit
          """.getBytes(StandardCharsets.UTF_8)));
      Run run = larimar("chat", "--max-tokens", "12");
      assertEquals(0, run.code(), run.err());
      assertTrue(run.out().contains("16"), run.out());
      assertTrue(run.out().contains("forgotten"), run.out());
      assertTrue(run.err().contains("unknown: /nonsense"), run.err());
    } finally {
      System.setIn(in);
    }
  }

  @Test
  void wrongLinesAreNamedAndNothingIsWritten() throws IOException {
    Path file = folder.resolve("bad.jsonl");
    Files.write(file, concat("{\"text\": \"A good fact.\"}\n".getBytes(StandardCharsets.UTF_8),
        new byte[] {'{', '"', (byte) 0xFF, '"', '}', '\n'},
        "{\"text\": 7}\nno json\n{\"prompt\": \"x\"}\n{\"text\": \"  \"}\n"
            .getBytes(StandardCharsets.UTF_8)));
    Run run = larimar("write", "--file", file.toString());
    assertEquals(ExitCode.USAGE, run.code());
    for (String said : List.of("line 2: not UTF-8", "line 3:", "line 4: no JSON", "line 5:",
        "line 6:", "nothing was written")) {
      assertTrue(run.err().contains(said), said + " in " + run.err());
    }
    assertEquals("", larimar("list").out());
  }

  private static byte[] concat(byte[]... parts) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.write(part);
    }
    return all.toByteArray();
  }

  @Test
  void wrongUsageIsExitTwo() {
    assertEquals(ExitCode.USAGE, larimar("write").code());
    assertEquals(ExitCode.USAGE, larimar("write", " ").code());
    assertEquals(ExitCode.USAGE, larimar("write", "x".repeat(100_000)).code());
    assertEquals(ExitCode.USAGE, larimar("list", "--no-such-option").code());
    assertEquals(ExitCode.USAGE, bare("no-such-command").code());
    assertEquals(ExitCode.USAGE, larimar("forget").code());
    assertEquals(ExitCode.USAGE, larimar("show", "12").code());
    assertEquals(ExitCode.USAGE, larimar("as-of", "yesterday").code());
    assertEquals(ExitCode.USAGE, larimar("read", "no-such-file").code());
    assertEquals(ExitCode.USAGE, larimar("ask", "--chat", "--raw", "x").code());
    assertEquals(ExitCode.USAGE, larimar("ask", "--temperature", "-1", "x").code());
    assertEquals(ExitCode.USAGE, larimar("ask", "--deadline", "soon", "x").code());
    assertEquals(0, bare("--help").code());
    assertEquals(0, bare("ask", "--help").code());
  }

  @Test
  void whatTheMachineLacksIsExitThree() throws IOException {
    Path text = Files.writeString(folder.resolve("text.gguf"), "no model");
    Run noGguf = larimar("ask", "--model", text.toString(), "x");
    assertEquals(ExitCode.ENVIRONMENT, noGguf.code());
    assertTrue(noGguf.err().contains("not a GGUF"), noGguf.err());
    assertEquals(ExitCode.ENVIRONMENT,
        larimar("ask", "--model", folder.resolve("missing.gguf").toString(), "x").code());
    Path other = strangeArchitecture();
    Run strange = larimar("ask", "--model", other.toString(), "x");
    assertEquals(ExitCode.ENVIRONMENT, strange.code());
    assertTrue(strange.err().contains("architecture"), strange.err());
    assertEquals(ExitCode.ENVIRONMENT, larimar("ask", "--device", "CUDA7", "x").code());
    assertEquals(ExitCode.ENVIRONMENT, larimar("ask", "--gpu-layers", "5", "x").code());
    Run second = larimar("ask", "--device", "CPU,CUDA7", "x");
    assertEquals(ExitCode.ENVIRONMENT, second.code());
    assertTrue(second.err().contains("CUDA7") && second.err().contains("there are: CPU"));
    assertEquals(ExitCode.USAGE, larimar("ask", "--tensor-split", "3,1", "x").code());
    assertEquals(ExitCode.USAGE, larimar("ask", "--speculate", "99", "x").code());
    assertTrue(larimar("ask", "--device", "CPU", "--numa", "distribute", "--max-tokens", "1",
        "--speculate", "2", "x").err().contains("runs on CPU"));
    Path foreign = Files.createDirectory(folder.resolve("foreign"));
    Files.writeString(foreign.resolve("letter.txt"), "not a store");
    store = foreign;
    assertEquals(ExitCode.ENVIRONMENT, larimar("list").code());
    assertEquals("not a store", Files.readString(foreign.resolve("letter.txt")));
  }

  /** The model with an architecture that no build of llama.cpp knows. */
  private Path strangeArchitecture() throws IOException {
    Path file = folder.resolve("strange.gguf");
    Files.copy(Path.of(System.getenv("LARIMAR_MODEL")), file);
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      byte[] head = new byte[4_096];
      bytes.readFully(head);
      String text = new String(head, StandardCharsets.ISO_8859_1);
      int key = text.indexOf("general.architecture");
      int value = key + "general.architecture".length() + 4 + 8; // value type, length of the text
      bytes.seek(value);
      bytes.write('q');
    }
    return file;
  }

  /** At exit ggml's destructors run; a decoder that still computes then would die of a SIGSEGV. */
  @Test
  void aTerminationInMidAnswerIsNoCrash() throws Exception {
    Path crash = folder.resolve("hs_err.log");
    Process process = new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
        "-XX:ErrorFile=" + crash, "-cp", System.getProperty("java.class.path"), "io.larimar.cli.Main",
        "ask", "--raw", "--max-tokens", "2000", "--temperature", "1.5", "--store", store.toString(),
        "Once upon a time")
        .redirectError(ProcessBuilder.Redirect.DISCARD).start();
    assertTrue(process.getInputStream().read() >= 0, "the answer has begun");
    process.destroy(); // SIGTERM
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(128 + 15, process.exitValue());
    assertFalse(Files.exists(crash));
    assertEquals(0, larimar("list").code(), "the store can be opened again");
  }

  /** They are loaded beside the command line; what fails there is told once, by the command. */
  @Test
  void librariesThatLackFunctionsAreRefused() throws Exception {
    Path natives = Files.createDirectory(folder.resolve("natives"));
    Path base;
    try (Stream<Path> files = Files.list(Path.of(System.getenv("LARIMAR_NATIVES")))) {
      base = files.filter(file -> file.getFileName().toString().contains("ggml-base"))
          .findFirst().orElseThrow();
    }
    for (String stem : List.of("ggml-base", "ggml", "llama")) {
      Files.copy(base, natives.resolve(System.mapLibraryName(stem)));
    }
    ProcessBuilder builder = new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
        "-cp", System.getProperty("java.class.path"), "io.larimar.cli.Main",
        "ask", "--store", store.toString(), "Who is there?").redirectErrorStream(true);
    builder.environment().put("LARIMAR_NATIVES", natives.toString());
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(ExitCode.ENVIRONMENT, process.waitFor(), said);
    assertTrue(said.contains("lack a function") && said.contains("`larimar natives`"), said);
    assertFalse(said.contains("\tat "), said);
  }

  @Test
  void doctorSaysALineEach() {
    Run run = larimar("doctor");
    assertEquals(0, run.code(), run.out() + run.err());
    for (String line : List.of("jdk", "vector", "natives", "model", "disk", "store", "devices")) {
      assertTrue(run.out().contains(line), run.out());
    }
    assertTrue(larimar("doctor", "--json").lines().size() >= 8);
    assertFalse(bare("natives").out().isBlank());
  }
}
