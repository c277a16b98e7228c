// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModelFitting
import Testing

@testable import MixedModelInference

/// The layout is that of the examples in MATLAB's documentation; the data there are not ours.
@Suite("The layout of MATLAB")
struct MATLABLayoutTests {
  @Test("A table of coefficients as the documentation of refit shows it")
  func table() {
    let lines = MATLABTable.lines([
      .texts(
        "Name", ["(Intercept)", "newprocess", "time_dev", "temp_dev", "supplier_C", "supplier_B"]),
      .numbers("Estimate", [1.5738, -0.21089, -0.13769, 0.24339, -0.12102, 0.098254]),
      .numbers("SE", [0.18674, 0.2306, 0.77477, 0.84657, 0.07323, 0.066943]),
      .numbers("tStat", [8.4276, -0.91455, -0.17772, 0.2875, -1.6526, 1.4677]),
      .numbers("DF", [94, 94, 94, 94, 94, 94]),
      .numbers("pValue", [4.0158e-13, 0.36277, 0.85933, 0.77436, 0.10175, 0.14551]),
      .numbers("Lower", [1.203, -0.66875, -1.676, -1.4375, -0.26642, -0.034662]),
      .numbers("Upper", [1.9445, 0.24696, 1.4006, 1.9243, 0.024381, 0.23117]),
    ])
    #expect(
      lines == [
        "    Name                   Estimate    SE          tStat       DF    pValue        Lower        Upper   ",
        "    {'(Intercept)'}          1.5738     0.18674      8.4276    94    4.0158e-13        1.203      1.9445",
        "    {'newprocess' }        -0.21089      0.2306    -0.91455    94       0.36277     -0.66875     0.24696",
        "    {'time_dev'   }        -0.13769     0.77477    -0.17772    94       0.85933       -1.676      1.4006",
        "    {'temp_dev'   }         0.24339     0.84657      0.2875    94       0.77436      -1.4375      1.9243",
        "    {'supplier_C' }        -0.12102     0.07323     -1.6526    94       0.10175     -0.26642    0.024381",
        "    {'supplier_B' }        0.098254    0.066943      1.4677    94       0.14551    -0.034662     0.23117",
      ])
  }

  @Test("A generalized model")
  func generalized() throws {
    var options = DesignOptions()
    options.contrasts["supplier"] = .effects()
    let model = try GeneralizedLinearMixedModel.fit(
      "defects ~ 1 + newprocess + time_dev + temp_dev + supplier + (1 | factory)",
      data: Dataset.mfr.table, family: .poisson, options: options)
    #expect(
      try model.summaryText(style: .matlab) == """
        """)
  }

  @Test("A linear model has a heading over the formula, correlations, and its residual")
  func linear() throws {
    let model = try LinearMixedModel.fit(
      "reaction ~ 1 + days + (1 + days | subj)", data: Dataset.sleepstudy.table)
    #expect(
      try model.summaryText(style: .matlab) == """
        """)
  }

  @Test("REML, uncorrelated effects, other degrees of freedom, and a column without an estimate")
  func details() throws {
    let model = try LinearMixedModel.fit(
      "reaction ~ 1 + days + I(2 * days) + zerocorr(1 + days | subj)",
      data: Dataset.sleepstudy.table, criterion: .restrictedMaximumLikelihood)
    let text = try model.summaryText(style: .matlab, degreesOfFreedom: .infinite)
    #expect(text.hasPrefix("Linear mixed-effects model fit by REML\n\n"))
    #expect(!text.contains("'corr'"))
    #expect(text.contains("    Inf    "))
    #expect(text.contains("    {'I(2 * days)'}             NaN       NaN       NaN    NaN"))
  }

  @Test(
    "Methods have MATLAB's names",
    arguments: [
      (.laplace, "ML", "Laplace"), (.profiledLaplace, "ML", "ApproximateLaplace"),
      (.pseudoLikelihood, "PL", "MPL   "), (.restrictedPseudoLikelihood, "PL", "REMPL "),
      (.quadrature(points: 9), "ML", "Quadrature (9 points)"),
    ] as [(GeneralizedCriterion, String, String)])
  func methods(_ criterion: GeneralizedCriterion, _ title: String, _ name: String) throws {
    let text = try GeneralizedLinearMixedModel.fit(
      "incidence / size ~ period + (1 | herd)", data: Dataset.cbpp.table, family: .binomial,
      criterion: criterion
    ).summaryText(style: .matlab)
    #expect(text.hasPrefix("Generalized linear mixed-effects model fit by \(title)\n"))
    #expect(text.contains("    Distribution                    Binomial\n"))
    #expect(text.contains("    Link                            Logit \n"))
    #expect(text.contains("    FitMethod                       \(name)\n\n"))
    #expect(text.hasSuffix("    {'sqrt(Dispersion)'}        1       "))
  }
}
