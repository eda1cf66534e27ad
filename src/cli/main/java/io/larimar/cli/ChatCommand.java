package io.larimar.cli;

import io.larimar.bindings.Vocabulary.Turn;
import io.larimar.engine.Answer;
import io.larimar.engine.Fact;
import io.larimar.engine.ForgetReceipt;
import io.larimar.engine.Larimar;
import io.larimar.engine.Prompt;
import io.larimar.engine.Question;
import io.larimar.engine.WriteReceipt;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code chat}: a conversation with the model's own template. */
@Command(name = "chat", description = {"A conversation with the model's own template.",
    "/write TEXT teaches, /forget ID forgets, /facts lists, /new starts over, /quit ends."})
final class ChatCommand extends StoreCommand implements Callable<Integer> {
  @Mixin
  private SamplingOptions sampling = new SamplingOptions();

  private final List<Turn> turns = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (Larimar larimar = engine.open()) {
      System.err.println("Chat with " + larimar.decoder().model().description()
          + "; /write TEXT, /forget ID, /facts, /new, /quit");
      while (true) {
        System.err.print("> ");
        System.err.flush();
        String line = in.readLine();
        if (line == null || line.strip().equals("/quit")) {
          return ExitCode.DONE;
        }
        try {
          take(larimar, line.strip());
        } catch (IllegalArgumentException e) {
          System.err.println("larimar: " + e.getMessage());
        }
      }
    }
  }

  private void take(Larimar larimar, String line) {
    if (line.isEmpty()) {
      return;
    }
    if (line.startsWith("/write ")) {
      WriteReceipt receipt = larimar.write(Fact.of(line.substring("/write ".length())));
      System.out.println("fact " + receipt.id() + " taught in " + Output.time(
          receipt.encodeNanos() + receipt.ledgerNanos() + receipt.memoryNanos()));
    } else if (line.startsWith("/forget ")) {
      ForgetReceipt receipt = larimar.forget(id(line.substring("/forget ".length()).strip()));
      if (receipt.tombstones().isEmpty()) {
        System.out.println("no such fact");
        return;
      }
      // What was said so far may hold the fact, and would bring it back as the next turn's context.
      turns.clear();
      System.out.println("forgotten, and the conversation begins anew");
    } else if (line.equals("/facts")) {
      larimar.list().forEach(e -> System.out.println(e.id() + "  " + e.fact().text()));
    } else if (line.equals("/new")) {
      turns.clear();
    } else if (line.startsWith("/")) {
      throw new IllegalArgumentException("unknown: " + line
          + "; there are /write TEXT, /forget ID, /facts, /new, /quit");
    } else {
      answer(larimar, line);
    }
  }

  private void answer(Larimar larimar, String line) {
    turns.add(new Turn("user", line));
    try (Answer answer = larimar.ask(sampling.apply(Question.of(Prompt.chat(turns))))) {
      AskCommand.print(answer);
      turns.add(new Turn("assistant", answer.text()));
    } catch (RuntimeException e) {
      turns.removeLast(); // The turn was not answered: the next starts from before it.
      throw e;
    }
  }

  private static long id(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("a fact's id is a number: " + text);
    }
  }
}
