// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import MixedModelReports
import MixedModels

/// `mixedmodels profile MODEL`.
struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile", abstract: "The likelihood profile of every parameter of a model.",
    discussion: """
      For example:
        mixedmodels profile sleep.json --parameters sd cor --format csv

      Each row is a point of a profile: the parameter, the value it is held at, the signed square \
      root of the rise of the deviance (zeta), the deviance, and all parameters there. A profile ends \
      where an interval at the level would, or at a boundary.
      """)

  @OptionGroup var source: ModelSource
  @OptionGroup var selection: ParameterSelection

  @Option(help: ArgumentHelp("The points on each side of an estimate.", valueName: "n"))
  var points = 8

  @Option(help: ArgumentHelp("The level of the interval that is profiled.", valueName: "x"))
  var level = 0.99

  @OptionGroup(title: "Output options") var output: TableOutput

  func run() throws {
    let format = try output.checkedFormat()
    try TableOutput.checkLevel(level)
    guard points > 0 else {
      throw MixedModelError.optionValue(
        "points", "\(points)", accepted: "a whole number of one or more")
    }
    guard let model = try source.restoredModel() as? any Profilable else { return }
    let profile = try model.profile(of: selection.names, points: points, level: level)
    try TableOutput.write([profile.table], format)
  }
}
