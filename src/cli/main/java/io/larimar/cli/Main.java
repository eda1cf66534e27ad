package io.larimar.cli;

import io.larimar.bindings.LlamaException;
import io.larimar.cli.fetch.FetchException;
import io.larimar.ledger.RefusedException;
import io.larimar.ledger.StoreException;
import io.larimar.text.TextException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line, {@code larimar COMMAND}; exit codes are those of {@link ExitCode}. */
@Command(name = "larimar", mixinStandardHelpOptions = true, version = "Larimar for the JVM 0.1.0",
    description = "Teach a running language model a fact, ask for it, forget it.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "`larimar test` builds and runs every test.", "Each command has --help."},
    subcommands = {DemoCommand.class, DoctorCommand.class, WriteCommand.class, AskCommand.class,
        ChatCommand.class, ListCommand.class, ShowCommand.class, HistoryCommand.class,
        AuditCommand.class, HoldCommand.class, ForgetCommand.class, UndoCommand.class,
        AsOfCommand.class, VerifyCommand.class,
        ReadCommand.class, SearchCommand.class, AboutCommand.class, SummaryCommand.class,
        MergeCommand.class, SplitCommand.class, ExportCommand.class,
        ImportCommand.class, CompactCommand.class, StatsCommand.class, NativesCommand.class,
        ModelCommand.class, EvalCommand.class, CalibrateCommand.class, BenchCommand.class,
        ServeCommand.class, KeysCommand.class})
public final class Main {
  private Main() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    // Whatever the locale says, facts are written and read as UTF-8.
    System.setOut(utf8(FileDescriptor.out));
    System.setErr(utf8(FileDescriptor.err));
    int code = run(arguments);
    System.out.flush();
    System.err.flush();
    System.exit(code);
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  /** Runs one command; the exit code. */
  static int run(String... arguments) {
    CommandLine line = new CommandLine(new Main());
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
