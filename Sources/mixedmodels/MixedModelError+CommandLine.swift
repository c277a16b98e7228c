// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

// The errors of the command line: each failure's wording in one place.

extension MixedModelError {
  static func cannotWrite(_ target: String, code: CInt) -> MixedModelError {
    MixedModelError(
      .file, .nothing, problem: "\(target) cannot be written: \(systemMessage(code)).")
  }

  private static func systemMessage(_ code: CInt) -> String {
    guard let message = strerror(code) else { return "error \(code)" }
    return String(cString: message)
  }

  static func unknownCommand(_ name: String, available: [String]) -> MixedModelError {
    let nearest = suggestion(for: name, in: available)
    return MixedModelError(
      .option, .nothing, problem: "There is no command \"\(name)\".",
      remedy: (nearest.isEmpty ? "" : nearest + " ")
        + "Commands: \(available.joined(separator: ", ")).")
  }

  static func unknownData(_ name: String, available: [String]) -> MixedModelError {
    let nearest = suggestion(for: name, in: available)
    return MixedModelError(
      .file, .file(name),
      problem: "There is no file \"\(name)\" and no built-in data set of that name.",
      remedy: (nearest.isEmpty ? "" : nearest + " ")
        + "Give a .csv or .tsv file, - for standard input, or one of the names that"
        + " \"mixedmodels datasets\" lists.")
  }

  static func optionValue(
    _ option: String, _ value: String, accepted: String
  ) -> MixedModelError {
    MixedModelError(
      .option, .option(option), problem: "The option --\(option) does not accept \"\(value)\".",
      remedy: "It takes \(accepted).")
  }

  static func styleOfText(_ style: String) -> MixedModelError {
    MixedModelError(
      .option, .option("style"), problem: "The option --style \(style) is one of text output.",
      remedy: "Leave it out, or ask for --format text.")
  }

  static func repeatedOption(_ option: String, name: String) -> MixedModelError {
    MixedModelError(
      .option, .option(option),
      problem: "The option --\(option) is given twice for the column \"\(name)\".",
      remedy: "Give it once per column.")
  }

  static func probesOfExactDeterminant() -> MixedModelError {
    MixedModelError(
      .option, .option("probes"),
      problem: "The option --probes is for a stochastic log-determinant, and this one is exact.",
      remedy: "Leave it out, or give --log-determinant stochastic with it.")
  }

  static func optionBesidePseudoLikelihood(_ option: String) -> MixedModelError {
    MixedModelError(
      .option, .option(option),
      problem: "The option --\(option) belongs to the Laplace approximation and quadrature, and "
        + "--pseudo-likelihood asks for another criterion.",
      remedy: "Leave out one of them.")
  }

  static func notSavable(family: String) -> MixedModelError {
    MixedModelError(
      .unavailable, .option("save"),
      problem: "The option --save is not available for this \(family) model.",
      remedy: "Linear and generalized linear mixed models can be saved.")
  }

  static func optionOfGeneralizedModels(_ option: String) -> MixedModelError {
    MixedModelError(
      .option, .option(option),
      problem: "The option --\(option) is for generalized models, and this model is linear.",
      remedy: "Leave it out, or name a family with --family.")
  }

  static func smallSampleMethodOfGeneralizedModel(_ method: String) -> MixedModelError {
    MixedModelError(
      .option, .option("ddf"),
      problem: "The option --ddf \(method) is for linear models, and this model is generalized.",
      remedy: "Use --ddf residual, or none for z tests.")
  }

  static func kenwardRogerWithoutRestrictedFit() -> MixedModelError {
    MixedModelError(
      .option, .option("ddf"),
      problem:
        "The option --ddf kenward-roger is for models fitted by REML, and maximum likelihood "
        + "is the default.",
      remedy: "Give --reml with it, or use --ddf satterthwaite.")
  }

  static func restrictedGeneralizedModel(family: String) -> MixedModelError {
    MixedModelError(
      .option, .option("reml"),
      problem: "The option --reml is for linear models; a \(family) model has no such criterion.",
      remedy: "Leave it out, or give --pseudo-likelihood with it.")
  }

  /// The message with the name of an option as it is typed; the library's messages name a property.
  var commandLineDescription: String {
    guard case .option(let name) = subject else { return description }
    let start = "The option \(name) "
    return description.hasPrefix(start)
      ? "The option --\(name) " + description.dropFirst(start.count) : description
  }

  /// The same error as a fault of the option in which it was found.
  func inOption(_ option: String) -> MixedModelError {
    guard kind != .unavailable else { return self }
    return MixedModelError(.option, .option(option), problem: problem, remedy: remedy)
  }
}
