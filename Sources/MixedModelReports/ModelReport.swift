// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModels

/// What a report is about: a fitted model, and how much of it to tell.
public struct ModelReport: Sendable {
  /// Wall-clock seconds of the parts of a command.
  public struct Timings: Sendable, Hashable {
    /// Reading the data.
    public var read: Double
    /// From the formula to the cross-products.
    public var design: Double
    /// Optimization and extraction.
    public var fit: Double
    /// The whole command from the start of the process.
    public var total: Double

    public init(read: Double, design: Double, fit: Double, total: Double) {
      self.read = read
      self.design = design
      self.fit = fit
      self.total = total
    }
  }

  public let model: any MixedModel
  /// The fixed effects under the rule for degrees of freedom, or why it does not apply.
  private let inference: Result<FixedEffectsInference, MixedModelError>
  /// Whose layout text follows.
  public let style: SummaryStyle
  /// What text calls the data, where the layout names them.
  public let dataName: String?
  /// Whether to list the conditional modes.
  public let includesRandomEffects: Bool
  /// `nil` where nobody measured.
  public let timings: Timings?

  /// - Parameter degreesOfFreedom: the rule for the tests of the coefficients; if it does not apply
  ///   to the model, every format throws its error.
  public init(
    _ model: any MixedModel, degreesOfFreedom: any DegreesOfFreedomMethod = .infinite,
    style: SummaryStyle = .mixedModels, dataName: String? = nil,
    includesRandomEffects: Bool = false, timings: Timings? = nil
  ) {
    self.model = model
    inference = Self.inference(model, degreesOfFreedom)
    self.style = style
    self.dataName = dataName
    self.includesRandomEffects = includesRandomEffects
    self.timings = timings
  }
}

extension ModelReport {
  private static func inference(
    _ model: some MixedModel, _ method: some DegreesOfFreedomMethod
  ) -> Result<FixedEffectsInference, MixedModelError> {
    Result { () throws(MixedModelError) -> FixedEffectsInference in
      try model.inference(degreesOfFreedom: method)
    }
  }

  /// The tests of the coefficients.
  func coefficientTable() throws(MixedModelError) -> CoefficientTable {
    try inference.get().coefficientTable()
  }

  /// The summary with these tests.
  func summary() throws(MixedModelError) -> ModelSummary { try inference.get().summary() }

  /// The summary in the layout of the style.
  func summaryText() throws(MixedModelError) -> String {
    try inference.get().summaryText(style: style, dataName: dataName)
  }
}
