package io.larimar.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code doctor}: whether everything that is needed is there. */
@Command(name = "doctor", description = "Checks JDK, vector width, natives, devices, model and store.")
final class DoctorCommand extends StoreCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    return ExitCode.DONE;
  }
}
