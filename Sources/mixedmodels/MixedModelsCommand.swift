// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModels

/// The command line: reads the arguments, runs a command, and turns its failure into an exit
/// status.
@main
struct MixedModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mixedmodels",
    abstract: "Fit linear and generalized linear mixed-effects models.",
    discussion: """
      For example:
        mixedmodels fit 'reaction ~ 1 + days + (1 + days | subj)' sleepstudy
        mixedmodels fit 'score ~ 1 + age + (1 | school)' scores.csv --reml
        mixedmodels fit 'use ~ age + urban + (1 | dist)' contra --family bernoulli

      Results go to standard output, warnings and progress to standard error.
      Exit status: 0 success; 1 the data or the model cannot be fitted; 64 usage error.
      """,
    version: "mixedmodels 0.1.0",
    subcommands: [
      FitCommand.self, CompareCommand.self, ConfintCommand.self, DropOneCommand.self,
      AnovaCommand.self, PredictCommand.self, SimulateCommand.self, BootstrapCommand.self,
      ProfileCommand.self, DiagnoseCommand.self, EmmeansCommand.self, PlanCommand.self,
      DatasetsCommand.self,
    ])

  static func main() async {
    ProcessClock.start()
    do {
      let arguments = Array(CommandLine.arguments.dropFirst())
      try checkCommandName(in: arguments)
      var command = try parseAsRoot(joiningNegativeNumbers(arguments))
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let error as MixedModelError {
      Terminal.fail(error.commandLineDescription)
      exit(withStatusOf: error)
    } catch {
      exit(after: error)
    }
  }

  /// Refuses a command that there is not, also after `help`.
  private static func checkCommandName(in arguments: [String]) throws(MixedModelError) {
    let names = configuration.subcommands.compactMap { $0.configuration.commandName }
    let isHelp = arguments.first == "help"
    let first = isHelp ? arguments.dropFirst().first : arguments.first
    guard let name = first, !name.hasPrefix("-"), !names.contains(name), name != "help" else {
      return
    }
    throw .unknownCommand(name, available: names)
  }

  /// The arguments with a negative number as part of the option before it: alone it would be taken for
  /// an option, and its own fault would not be told.
  private static func joiningNegativeNumbers(_ arguments: [String]) -> [String] {
    var result: [String] = []
    for argument in arguments {
      if let last = result.last, last.hasPrefix("--"), last.count > 2, !last.contains("="),
        argument.hasPrefix("-"),
        argument.dropFirst().first.map({ $0.isNumber || $0 == "." }) == true
      {
        result[result.count - 1] = "\(last)=\(argument)"
      } else {
        result.append(argument)
      }
    }
    return result
  }

  /// Ends after a failure of the arguments, which is told as other failures are, or after a request
  /// for help, which is none.
  private static func exit(after error: any Error) -> Never {
    let status = exitCode(for: error)
    let message = fullMessage(for: error)
    let label = "Error: "
    guard status == .validationFailure, message.hasPrefix(label) else { exit(withError: error) }
    Terminal.fail(String(message.dropFirst(label.count)))
    exit(withError: status)
  }

  private static func exit(withStatusOf error: MixedModelError) -> Never {
    switch error.kind {
    case .syntax, .option, .unavailable: exit(withError: ExitCode.validationFailure)
    case .unknownName, .data, .model, .numerical, .file: exit(withError: ExitCode.failure)
    }
  }
}
