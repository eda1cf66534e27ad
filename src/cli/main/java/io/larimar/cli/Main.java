package io.larimar.cli;

import io.larimar.bindings.ExitGuard;
import io.larimar.bindings.LlamaException;
import io.larimar.bindings.NativeLibrary;
import io.larimar.cli.fetch.Environment;
import io.larimar.cli.fetch.FetchException;
import io.larimar.cli.fetch.Natives;
import io.larimar.ledger.RefusedException;
import io.larimar.ledger.StoreException;
import io.larimar.text.TextException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Set;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line, {@code larimar COMMAND}; exit codes are those of {@link ExitCode}. */
@Command(name = "larimar", mixinStandardHelpOptions = true, version = "Larimar for the JVM 0.1.0",
    description = "Teach a running language model a fact, ask for it, forget it.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "`larimar test` builds and runs every test, `larimar image` packs the program.",
        "Each command has --help."})
public final class Main {
  /** Every command, in the order of the help. */
  private static final List<Named> COMMANDS = List.of(
      new Named("demo", DemoCommand.class),
      new Named("doctor", DoctorCommand.class),
      new Named("write", WriteCommand.class),
      new Named("ask", AskCommand.class),
      new Named("chat", ChatCommand.class),
      new Named("list", ListCommand.class),
      new Named("show", ShowCommand.class),
      new Named("history", HistoryCommand.class),
      new Named("audit", AuditCommand.class),
      new Named("hold", HoldCommand.class),
      new Named("forget", ForgetCommand.class),
      new Named("undo", UndoCommand.class),
      new Named("as-of", AsOfCommand.class),
      new Named("verify", VerifyCommand.class),
      new Named("read", ReadCommand.class),
      new Named("search", SearchCommand.class),
      new Named("about", AboutCommand.class),
      new Named("summary", SummaryCommand.class),
      new Named("merge", MergeCommand.class),
      new Named("split", SplitCommand.class),
      new Named("export", ExportCommand.class),
      new Named("import", ImportCommand.class),
      new Named("compact", CompactCommand.class),
      new Named("backup", BackupCommand.class),
      new Named("restore", RestoreCommand.class),
      new Named("stats", StatsCommand.class),
      new Named("natives", NativesCommand.class),
      new Named("model", ModelCommand.class),
      new Named("eval", EvalCommand.class),
      new Named("calibrate", CalibrateCommand.class),
      new Named("bench", BenchCommand.class),
      new Named("serve", ServeCommand.class),
      new Named("keys", KeysCommand.class));

  private static final Set<String> VERSION = Set.of("-V", "--version");

  /** The commands of which a person waits for one answer. */
  private static final Set<String> RUN_THE_MODEL = Set.of("ask", "chat", "write");

  private record Named(String name, Class<?> command) {}

  private Main() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    // Whatever the locale says, facts are written and read as UTF-8.
    System.setOut(utf8(FileDescriptor.out));
    System.setErr(utf8(FileDescriptor.err));
    loadEarly(arguments.length == 0 ? "" : arguments[0]);
    int code = run(arguments);
    System.out.flush();
    System.err.flush();
    System.exit(code);
  }

  /**
   * Loads the native libraries beside the reading of the command line, where they are there and the
   * command runs the model: each takes a tenth of a second or more of a start (docs/decisions/0019).
   * What fails is left to the command, which tries it again and says what is wrong.
   */
  private static void loadEarly(String command) {
    if (!RUN_THE_MODEL.contains(command)) {
      return;
    }
    LoggerFactory.getILoggerFactory(); // set up by one thread, before there are two
    Thread.ofPlatform().daemon().name("larimar-natives").start(() -> {
      try (ExitGuard.Held held = ExitGuard.enter()) {
        Natives.of(Environment.ofProcess()).installed().ifPresent(NativeLibrary::load);
      } catch (FetchException | RuntimeException toldByTheCommand) {
        // See above.
      }
    });
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  /** Runs one command; the exit code. */
  static int run(String... arguments) {
    CommandLine line = new CommandLine(new Main());
    addCommands(line, arguments.length == 0 ? "" : arguments[0]);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler((e, command, parsed) -> explain(e));
    line.setParameterExceptionHandler((e, given) -> {
      System.err.println("larimar: " + e.getMessage());
      System.err.println("Try `larimar "
          + (e.getCommandLine().getParent() == null ? "" : e.getCommandLine().getCommandName() + " ")
          + "--help`.");
      return ExitCode.USAGE;
    });
    return line.execute(arguments.length == 0 ? new String[] {"--help"} : arguments);
  }

  /**
   * Adds the command that is called, or all where help is wanted or a name is unknown: reading the
   * annotations of all thirty takes a second of a start.
   */
  private static void addCommands(CommandLine line, String called) {
    boolean all = !VERSION.contains(called)
        && COMMANDS.stream().noneMatch(each -> each.name().equals(called));
    for (Named each : COMMANDS) {
      if (all || each.name().equals(called)) {
        line.addSubcommand(each.name(), each.command());
      }
    }
  }

  /** One line on what went wrong, and the exit code that fits it. */
  private static int explain(Exception e) {
    int code = switch (e) {
      case IllegalArgumentException bad -> ExitCode.USAGE;
      case TextException text -> ExitCode.USAGE;
      case RefusedException refused -> ExitCode.CHECK_FAILED;
      case StoreException store -> ExitCode.ENVIRONMENT;
      case LlamaException llama -> ExitCode.ENVIRONMENT;
      case FetchException fetch -> ExitCode.ENVIRONMENT;
      case UncheckedIOException io -> ExitCode.ENVIRONMENT;
      case IOException io -> ExitCode.ENVIRONMENT;
      default -> ExitCode.CHECK_FAILED;
    };
    System.err.println("larimar: " + e.getMessage());
    if (code == ExitCode.CHECK_FAILED && !(e instanceof RefusedException)) {
      // Not foreseen: whoever mends it needs the place.
      e.printStackTrace();
    }
    return code;
  }
}
