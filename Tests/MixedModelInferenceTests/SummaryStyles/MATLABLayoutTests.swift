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
        Generalized linear mixed-effects model fit by ML

        Model information:
            Number of observations             100
            Fixed effects coefficients           6
            Random effects coefficients         20
            Covariance parameters                1
            Distribution                    Poisson
            Link                            Log   
            FitMethod                       Laplace

            defects ~ 1 + newprocess + time_dev + temp_dev + supplier + (1 | factory)

        Model fit statistics:
            AIC       BIC       LogLikelihood    Deviance
            408.02    426.25    -197.01          394.02  

        Fixed effects coefficients (95% CIs):
            Name                   Estimate    SE          tStat      DF    pValue        Lower       Upper   
            {'(Intercept)'}          1.5785     0.13061     12.085    94    7.6185e-21      1.3191      1.8378
            {'newprocess' }        -0.61865     0.13644    -4.5344    94    1.7017e-05    -0.88955    -0.34776
            {'time_dev'   }         0.32903     0.56505     0.5823    94       0.56176    -0.79289       1.451
            {'temp_dev'   }        -0.70273     0.68271    -1.0293    94       0.30597     -2.0583     0.65282
            {'supplier: B'}         0.21104    0.077689     2.7164    94     0.0078553    0.056782     0.36529
            {'supplier: C'}        -0.32301    0.082525    -3.9141    94    0.00017164    -0.48687    -0.15916

        Random effects covariance parameters:
        Group: factory (20 Levels)
            Name1                  Name2                  Type           Estimate
            {'(Intercept)'}        {'(Intercept)'}        {'std'}        0.17264 

        Group: Error
            Name                        Estimate
            {'sqrt(Dispersion)'}        1       
        """)
  }

  @Test("A linear model has a heading over the formula, correlations, and its residual")
  func linear() throws {
    let model = try LinearMixedModel.fit(
      "reaction ~ 1 + days + (1 + days | subj)", data: Dataset.sleepstudy.table)
    #expect(
      try model.summaryText(style: .matlab) == """
        Linear mixed-effects model fit by ML

        Model information:
            Number of observations             180
            Fixed effects coefficients           2
            Random effects coefficients         36
            Covariance parameters                4

        Formula:
            reaction ~ 1 + days + (1 + days | subj)

        Model fit statistics:
            AIC       BIC       LogLikelihood    Deviance
            1763.9    1783.1    -875.97          1751.9  

        Fixed effects coefficients (95% CIs):
            Name                   Estimate    SE        tStat     DF     pValue        Lower     Upper 
            {'(Intercept)'}        251.41      6.6323    37.906    178    3.6634e-87    238.32    264.49
            {'days'       }        10.467      1.5022    6.9678    178    6.0243e-11    7.5028    13.432

        Random effects covariance parameters:
        Group: subj (18 Levels)
            Name1                  Name2                  Type            Estimate
            {'(Intercept)'}        {'(Intercept)'}        {'std' }         23.781 
            {'days'       }        {'(Intercept)'}        {'corr'}        0.08132 
            {'days'       }        {'days'       }        {'std' }         5.7168 

        Group: Error
            Name               Estimate
            {'Res Std'}        25.592  
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
    #expect(
      text.contains(
        "\n    {'I(2 * days)'}           NaN         NaN       NaN    NaN            NaN  "))
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
