// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The option `--parameters`, which the commands on single parameters share.
struct ParameterSelection: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The parameters: keys such as beta:days, or beta, sd, cor for all of a kind; by default all.",
      valueName: "name"))
  var parameters: [String] = []

  /// The names given; `nil` if there are none.
  var names: [String]? { parameters.isEmpty ? nil : parameters }
}
