// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

/// A way to write a fitted model down.
///
/// To add one, conform a type in a file of its own and name it in ``ReportFormats``.
public protocol ReportFormat: Sendable {
  /// The name by which the command line knows the format.
  static var name: String { get }

  init()

  /// The report as text that ends with a line end.
  func text(of report: ModelReport) throws(MixedModelError) -> String
}

/// The built-in formats.
public enum ReportFormats {
  private static let all: [any ReportFormat.Type] = [
    TextFormat.self, JSONFormat.self, CSVFormat.self, MarkdownFormat.self,
  ]

  /// The names of the formats.
  public static var names: [String] { all.map { $0.name } }

  /// The names of formats that a later version will have.
  private static let futureNames = ["latex", "html"]

  /// The format of the given name.
  /// - Throws: an `unavailable` error for a format of a later version, and one that lists the
  ///   names if there is none such.
  public static func named(_ name: String) throws(MixedModelError) -> any ReportFormat {
    if let format = all.first(where: { $0.name == name }) { return format.init() }
    throw futureNames.contains(name)
      ? .formatNotAvailable(name, available: names) : .unknownFormat(name, available: names)
  }
}

extension MixedModelError {
  static func unknownFormat(_ name: String, available: [String]) -> MixedModelError {
    let nearest = suggestion(for: name, in: available)
    return MixedModelError(
      .option, .option("format"), problem: "There is no format \"\(name)\".",
      remedy: (nearest.isEmpty ? "" : nearest + " ")
        + "Formats: \(available.joined(separator: ", ")).")
  }

  static func formatNotAvailable(_ name: String, available: [String]) -> MixedModelError {
    MixedModelError(
      .unavailable, .option("format"), problem: "The format \"\(name)\" is not available yet.",
      remedy: "Formats: \(available.joined(separator: ", ")).")
  }
}
